import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import type { Identity } from '../../subgraphs/kernel/context';
import { DomainError } from '../../subgraphs/kernel/errors';
import { accessKey, analyseAccess, type OperationAccess } from '../authorization/operation-access';
import type { PolicyEvaluator } from '../authorization/requirements';
import { LruCache } from '../cache/lru';
import type { SchemaState } from '../supergraph/schema-state';
import { checkDocument, selectOperation, type CheckedDocument, type DocumentRules } from './document';
import { hasConditionalRoot, prepareOperation, type PreparedOperation, type Variant } from './prepare';

/** All of a text's operations, checked once; each is authorized once for each access key. */
interface StoredDocument {
  id: number;
  checked: CheckedDocument;
  /** What everything made from the text is weighed by. */
  characters: number;
  access: Map<OperationDefinitionNode, OperationAccess>;
}

export interface OperationStoreOptions extends DocumentRules {
  /** False: security directives are not enforced (a gateway without authentication). */
  authorization: boolean;
  policy?: PolicyEvaluator | undefined;
  /** Bytes that checked documents may take, as estimated from their texts; default 64 MB. */
  documentBytes?: number;
  /** Bytes that compiled plans may take, as estimated from their texts; default 128 MB, some 2,000 of usual ones. */
  planBytes?: number;
}

const DOCUMENT_BYTES = 64_000_000;
const PLAN_BYTES = 128_000_000;
/** A syntax tree, and a plan, takes about this much for each character of its text. */
const BYTES_PER_CHARACTER = 100;
/** And this much for being there. */
const BYTES_PER_DOCUMENT = 4_000;
const BYTES_PER_PLAN = 20_000;

export interface FoundOperation {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  prepare(identity: Identity): PreparedOperation;
}

/** The bounded caches of checked documents and compiled plans for one supergraph. */
export class OperationStore {
  private readonly documents: LruCache<string, StoredDocument>;
  /** By document, operation and access key; each may hold a syntax tree without what is denied. */
  private readonly prepared: LruCache<string, PreparedOperation>;
  private readonly variants: LruCache<string, Variant>;
  private documentsSeen = 0;

  constructor(
    private readonly state: SchemaState,
    private readonly options: OperationStoreOptions,
  ) {
    this.documents = new LruCache(options.documentBytes ?? DOCUMENT_BYTES);
    this.prepared = new LruCache(options.documentBytes ?? DOCUMENT_BYTES);
    this.variants = new LruCache(options.planBytes ?? PLAN_BYTES);
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
    const stored: StoredDocument = {
      id: this.documentsSeen++,
      checked,
      characters: text.length,
      access: new Map(),
    };
    this.documents.set(text, stored, text.length * BYTES_PER_CHARACTER + BYTES_PER_DOCUMENT);
    return stored;
  }

  private prepare(stored: StoredDocument, operation: OperationDefinitionNode, identity: Identity): PreparedOperation {
    const access = this.access(stored, operation);
    const key = access ? accessKey(access, identity, this.options.policy) : '';
    const prefix = `${stored.id}|${operation.name?.value ?? ''}|${key}|`;
    const bytes = stored.characters * BYTES_PER_CHARACTER;
    let prepared = this.prepared.get(prefix);
    if (!prepared) {
      const keep = (variantKey: string, make: () => Variant): Variant => {
        let variant = this.variants.get(prefix + variantKey);
        if (!variant) this.variants.set(prefix + variantKey, (variant = make()), bytes + BYTES_PER_PLAN);
        return variant;
      };
      prepared = prepareOperation(this.state, stored.checked, operation, access, key, keep);
      this.prepared.set(prefix, prepared, bytes + BYTES_PER_DOCUMENT);
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
