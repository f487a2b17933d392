const MAX_LENGTH = 40;

/** `Acmé GmbH & Co` → `acme-gmbh-co`; a name without Latin letters or digits becomes `workspace`. */
export function slugify(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_LENGTH)
    .replace(/^-+|-+$/g, '');
  return slug || 'workspace';
}

/** Slugs to try in this order: the plain one, then with ever more of the tenant's id, the last of which nobody else can have. */
export function slugCandidates(name: string, tenantId: string): string[] {
  const base = slugify(name);
  const id = tenantId.replaceAll('-', '');
  return [base, `${base}-${id.slice(-6)}`, `${base}-${id.slice(-12)}`, `${base}-${id}`];
}
