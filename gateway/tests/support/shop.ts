import type { TestSubgraph } from './federation';

/** Subgraphs that between them use most of what federation can do; the corpus of the comparison runs on them. */
const products = [
  { id: 'p1', upc: 'u1', name: 'Table', kind: 'FURNITURE', weight: 40, price: 899, tags: [['wood', 'oak'], ['big']] },
  { id: 'p2', upc: 'u2', name: 'Couch', kind: 'FURNITURE', weight: null, price: 1299, tags: [] },
  { id: 'p3', upc: 'u3', name: 'Book', kind: 'SECRET', weight: 1, price: 0, tags: [[]] },
];
const users = [
  { id: 'a1', name: 'Ada', username: 'ada', address: { city: 'London', zip: null }, bestFriend: 'a2' },
  { id: 'a2', name: 'Alan', username: 'alan', address: null, bestFriend: null },
];
const reviews = [
  { id: 'r1', author: 'a1', product: 'p1', stars: 5, body: 'Stands.' },
  { id: 'r2', author: 'a1', product: 'p2', stars: 0, body: '' },
  { id: 'r3', author: 'a2', product: 'p1', stars: 3, body: null },
  { id: 'r4', author: 'a9', product: 'p3', stars: 1, body: 'Who?' },
];
const byId = <T extends { id: string }>(list: readonly T[], id: string): T | null =>
  list.find((item) => item.id === id) ?? null;

const catalog: TestSubgraph = {
  name: 'catalog',
  sdl: `
    type Query { products(first: Int = 10, kind: Kind): [Product!]! product(id: ID!): Product node(id: ID!): Node search(text: String!): [Found] broken: Product! maybeBroken: Wrapper
      item(id: ID!): Item items: [Item!]! filter(by: ProductFilter): [Product] hidden: String @inaccessible grid: [[Product]] }
    type Mutation { rename(id: ID!, name: String!): Product setPrice(id: ID!, price: Int!): Product }
    interface Node { id: ID! }
    interface Item @key(fields: "id") { id: ID! title: String }
    type Book implements Item @key(fields: "id") { id: ID! title: String pages: Int }
    type Film implements Item @key(fields: "id") { id: ID! title: String minutes: Int }
    type Wrapper { inner: Product! label: String }
    enum Kind { FURNITURE BOOK SECRET @inaccessible }
    input ProductFilter { kind: Kind = FURNITURE max: Int, nested: [ProductFilter!] }
    type Product implements Node @key(fields: "id") @key(fields: "upc") {
      id: ID! upc: String! name: String! kind: Kind weight: Float price: Int @shareable tags: [[String!]]
      dimensions: Dimensions huge: Int meta: JSON maker: Maker
    }
    scalar JSON
    type Dimensions @shareable { width: Int height: Int }
    type Maker @key(fields: "country { code } id") { id: ID! country: Country name: String }
    type Country @shareable { code: String! }
    type Hint { text: String }
    union Found = Product | Hint
  `,
  resolvers: {
    Query: {
      products: (_: unknown, { first, kind }: { first: number; kind?: string }) =>
        products.filter((one) => !kind || one.kind === kind).slice(0, first),
      product: (_: unknown, { id }: { id: string }) => byId(products, id),
      node: (_: unknown, { id }: { id: string }) => {
        const found = byId(products, id);
        return found && { __typename: 'Product', ...found };
      },
      search: (_: unknown, { text }: { text: string }) => [
        ...products.filter((one) => one.name.includes(text)).map((one) => ({ __typename: 'Product', ...one })),
        { __typename: 'Hint', text: `not only ${text}` },
        null,
      ],
      broken: () => {
        throw new Error('it broke');
      },
      maybeBroken: () => ({ label: 'kept', inner: null }),
      item: (_: unknown, { id }: { id: string }) => ITEMS.find((one) => one.id === id) ?? null,
      items: () => ITEMS,
      filter: (_: unknown, { by }: { by?: { kind?: string; max?: number } }) =>
        products.filter((one) => (!by?.kind || one.kind === by.kind) && (by?.max === undefined || one.price <= by.max)),
      grid: () => [[products[0], null], null, [products[1], products[0]]],
    },
    Mutation: {
      rename: (_: unknown, { id, name }: { id: string; name: string }) => ({ ...byId(products, id)!, name }),
      setPrice: (_: unknown, { id, price }: { id: string; price: number }) => ({ ...byId(products, id)!, price }),
    },
    Item: { __resolveType: (item: { pages?: number }) => (item.pages === undefined ? 'Film' : 'Book') },
    Book: { __resolveReference: ({ id }: { id: string }) => ITEMS.find((one) => one.id === id) },
    Film: { __resolveReference: ({ id }: { id: string }) => ITEMS.find((one) => one.id === id) },
    Product: {
      __resolveReference: (ref: { id?: string; upc?: string }) =>
        products.find((one) => one.id === ref.id || one.upc === ref.upc) ?? null,
      dimensions: ({ id }: { id: string }) => (id === 'p2' ? null : { width: 3, height: id === 'p1' ? 4 : null }),
      meta: () => ({ any: ['thing', 1, null], __proto: 1 }),
      maker: ({ id }: { id: string }) => ({ id: `m-${id}`, country: { code: 'GB' }, name: null }),
    },
    Maker: { __resolveReference: (ref: object) => ref },
  },
};

const ITEMS = [
  { id: 'i1', title: 'Emma', pages: 400 },
  { id: 'i2', title: 'Alien', minutes: 117 },
];

const accounts: TestSubgraph = {
  name: 'accounts',
  sdl: `
    type Query { me: User user(id: ID!): User users: [User]! }
    type User @key(fields: "id") @key(fields: "username") {
      id: ID! name: String username: String! @shareable address: Address bestFriend: User
    }
    type Address { city: String zip: String! }
  `,
  resolvers: {
    Query: {
      me: () => users[0],
      user: (_: unknown, { id }: { id: string }) => byId(users, id),
      users: () => [...users, null],
    },
    User: {
      __resolveReference: (ref: { id?: string; username?: string }) =>
        users.find((one) => one.id === ref.id || one.username === ref.username) ?? null,
      bestFriend: (user: { bestFriend: string | null }) => (user.bestFriend ? byId(users, user.bestFriend) : null),
    },
  },
};

const reviewsGraph: TestSubgraph = {
  name: 'reviews',
  sdl: `
    type Query { topReviews(first: Int): [Review!]! review(id: ID!): Review }
    type Subscription { reviewAdded(product: ID): Review }
    type Review @key(fields: "id") { id: ID! stars: Int! body: String author: User @provides(fields: "username") product: Product! }
    type User @key(fields: "id") { id: ID! username: String! @external reviews: [Review!]! }
    type Product @key(fields: "id") {
      id: ID! weight: Float @external dimensions: Dimensions @external
      reviews(first: Int): [Review!]! shipping: Float @requires(fields: "weight") volume: Int @requires(fields: "dimensions { width height }")
      stars: Float!
    }
    type Dimensions @shareable { width: Int height: Int }
    type Item @key(fields: "id") @interfaceObject { id: ID! reviewCount: Int! }
    type Maker @key(fields: "country { code } id") { id: ID! country: Country @external rating: String }
    type Country @shareable { code: String! }
  `,
  resolvers: {
    Query: {
      topReviews: (_: unknown, { first }: { first?: number }) => reviews.slice(0, first ?? reviews.length),
      review: (_: unknown, { id }: { id: string }) => byId(reviews, id),
    },
    Review: {
      __resolveReference: ({ id }: { id: string }) => byId(reviews, id),
      author: ({ author }: { author: string }) => ({ id: author, username: byId(users, author)?.username ?? 'ghost' }),
      product: ({ product }: { product: string }) => ({ id: product }),
    },
    User: { reviews: ({ id }: { id: string }) => reviews.filter((one) => one.author === id) },
    Product: {
      __resolveReference: (ref: object) => ref,
      reviews: ({ id }: { id: string }, { first }: { first?: number }) =>
        reviews.filter((one) => one.product === id).slice(0, first ?? 10),
      shipping: ({ weight }: { weight?: number | null }) =>
        weight === null || weight === undefined ? null : weight * 2,
      volume: ({ dimensions }: { dimensions?: { width: number; height: number } | null }) =>
        dimensions ? dimensions.width * (dimensions.height ?? 0) : null,
      stars: ({ id }: { id: string }) => {
        if (id === 'p3') throw new Error('no stars for p3');
        return 4.5;
      },
    },
    Item: { __resolveReference: (ref: object) => ref, reviewCount: ({ id }: { id: string }) => (id === 'i1' ? 7 : 0) },
    Maker: {
      __resolveReference: (ref: object) => ref,
      rating: (ref: { country: { code: string }; id: string }) => `${ref.country.code}/${ref.id}`,
    },
  },
};

export const SHOP: readonly TestSubgraph[] = [catalog, accounts, reviewsGraph];
