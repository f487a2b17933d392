import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import type { Identity } from '../../subgraphs/kernel/context';
import { DomainError } from '../../subgraphs/kernel/errors';
import { accessKey, analyseAccess, type OperationAccess } from '../authorization/operation-access';
import type { PolicyEvaluator } from '../authorization/requirements';
import { LruCache } from '../cache/lru';
import type { SchemaState } from '../supergraph/schema-state';
import { checkDocument, selectOperation, type CheckedDocument, type DocumentRules } from './document';
import { hasConditionalRoot, prepareOperation, type PreparedOperation } from './prepare';

/** All of a text's operations, checked once; each is planned once for each access key. */
interface StoredDocument {
  checked: CheckedDocument;
  access: Map<OperationDefinitionNode, OperationAccess>;
  prepared: LruCache<string, PreparedOperation>;
}

export interface OperationStoreOptions extends DocumentRules {
  /** False: security directives are not enforced (a gateway without authentication). */
  authorization: boolean;
  policy?: PolicyEvaluator | undefined;
  /** Characters of documents that are kept; default 8 million. */
  capacity?: number;
}

const CAPACITY = 8_000_000;
const KEYS_PER_DOCUMENT = 64;

export interface FoundOperation {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  prepare(identity: Identity): PreparedOperation;
}

/** The bounded cache of checked documents and compiled plans for one supergraph. */
export class OperationStore {
  private readonly documents: LruCache<string, StoredDocument>;

  constructor(
    private readonly state: SchemaState,
    private readonly options: OperationStoreOptions,
  ) {
    this.documents = new LruCache(options.capacity ?? CAPACITY);
  }

  /** Throws what the client may see when the text is not an operation that can run. */
  find(text: string, operationName: string | null | undefined): FoundOperation {
    const stored = this.document(text);
    const operation = selectOperation(stored.checked.operations, operationName);
    if (hasConditionalRoot(operation)) {
      throw new DomainError('BAD_REQUEST', 'The root field of a subscription cannot have @skip or @include.');
    }
    return {
      document: stored.checked.document,
      operation,
      prepare: (identity) => this.prepare(stored, operation, identity),
    };
  }

  private document(text: string): StoredDocument {
    const known = this.documents.get(text);
    if (known) return known;
    const checked = checkDocument(text, this.state.schema, this.options);
    const stored = { checked, access: new Map(), prepared: new LruCache<string, PreparedOperation>(KEYS_PER_DOCUMENT) };
    // A compiled document weighs many times its text; the text's length is only the measure.
    this.documents.set(text, stored, text.length + 200);
    return stored;
  }

  private prepare(stored: StoredDocument, operation: OperationDefinitionNode, identity: Identity): PreparedOperation {
    const access = this.access(stored, operation);
    const key = access ? accessKey(access, identity, this.options.policy) : '';
    const name = `${operation.name?.value ?? ''}|${key}`;
    let prepared = stored.prepared.get(name);
    if (!prepared) {
      prepared = prepareOperation(this.state, stored.checked, operation, access, key);
      stored.prepared.set(name, prepared);
    }
    return prepared;
  }

  private access(stored: StoredDocument, operation: OperationDefinitionNode): OperationAccess | undefined {
    if (!this.options.authorization || !this.state.rules.any) return undefined;
    let access = stored.access.get(operation);
    if (!access) {
      access = analyseAccess(this.state.schema, this.state.rules, operation, stored.checked.fragments);
      stored.access.set(operation, access);
    }
    return access;
  }
}
