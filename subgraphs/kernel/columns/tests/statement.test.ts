import { parseStatement } from '../server/statement';

describe('what the server reads of a statement', () => {
  test.each([
    ['SELECT 1', 'select', undefined],
    ['  /* c */ with x as (select 1) select * from x format JSONEachRow', 'select', 'JSONEachRow'],
    ['(SELECT 1) UNION ALL (SELECT 2) FORMAT CSV', 'select', 'CSV'],
    ["SELECT format('{}', 'FORMAT X'), \"FORMAT y\" -- FORMAT z", 'select', undefined],
    ['INSERT INTO a.b SELECT 1', 'insert', undefined],
    ['ALTER TABLE t DELETE WHERE 1', 'other', undefined],
  ])('%s', (sql, kind, format) => {
    expect(parseStatement(sql, false)).toMatchObject({ kind, format });
  });

  test('placeholders are those outside of strings, comments and quoted names', () => {
    const sql =
      "SELECT {a: String}, {b:Array(Tuple(x String, y Nullable(Int8)))}, '{c: String}', `{d: String}`, $${e: String}$$ /* {f: String} */";
    expect([...parseStatement(sql, false).placeholders]).toEqual(['a', 'b']);
    expect([
      ...parseStatement("SELECT map('k', 1) AS m, {x: Map(String, UInt8)}['k'] = m['k']", false).placeholders,
    ]).toEqual(['x']);
  });

  test('the data behind an INSERT is not read as SQL', () => {
    const sql = 'INSERT INTO t FORMAT JSONEachRow {"a": "; SET x = 1; url(\'\') INTO OUTFILE"}';
    expect(parseStatement(sql, false).kind).toBe('insert');
    expect(() => parseStatement('INSERT INTO t VALUES (1); SELECT 1', false)).toThrow('Multi-statements');
  });

  test('the file of a body goes before the settings, or before the format', () => {
    const at = (sql: string) => sql.slice(parseStatement(sql, true).infileAt);
    expect(at('INSERT INTO a.b (x, y) SETTINGS k = 1 FORMAT CSV')).toBe('SETTINGS k = 1 FORMAT CSV');
    expect(at('INSERT INTO settings.format (format) FORMAT CSV')).toBe('FORMAT CSV');
    expect(() => parseStatement('INSERT INTO t', true)).toThrow('needs a FORMAT');
  });

  test.each([
    'INSERT INTO a.url (x) FORMAT CSV',
    'INSERT INTO url (x) FORMAT CSV',
    'CREATE TABLE file (a String) ENGINE = Memory',
    "SELECT 'url(', a.url (1), s3 FROM x",
  ])('a name that only looks like a table function is none: %s', (sql) => {
    expect(() => parseStatement(sql, sql.includes('FORMAT'))).not.toThrow();
  });

  test.each(["SELECT 'unclosed", 'SELECT `unclosed', 'SELECT /* unclosed', 'SELECT $$unclosed', "SELECT '\\"])(
    'never hangs on %s',
    (sql) => {
      expect(parseStatement(sql, false).kind).toBe('select');
    },
  );
});
