import { Directive, Field, ID, ObjectType } from 'type-graphql';

/** Owned by auth; here only its key. */
@ObjectType('User')
@Directive('@key(fields: "id", resolvable: false)')
export class User {
  @Field(() => ID)
  id!: string;
}
