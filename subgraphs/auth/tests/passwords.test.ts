import bcrypt from 'bcrypt';
import { createPasswords } from '../passwords';

it('hashes and compares', async () => {
  const passwords = createPasswords(4);
  const hash = await passwords.hash('correct horse battery');
  expect(await passwords.matches('correct horse battery', hash)).toBe(true);
  expect(await passwords.matches('wrong horse battery', hash)).toBe(false);
  expect(await passwords.matches('correct horse battery', null)).toBe(false);
  expect([passwords.isOutdated(hash), createPasswords(5).isOutdated(hash)]).toEqual([false, true]);
});

it('does little at a time and sends away whom it cannot serve soon', async () => {
  const passwords = createPasswords(5);
  let running = 0;
  let most = 0;
  const real = bcrypt.compare as (data: string, hash: string) => Promise<boolean>;
  const counted = async (data: string, hash: string): Promise<boolean> => {
    most = Math.max(most, ++running);
    try {
      return await real(data, hash);
    } finally {
      running--;
    }
  };
  const compare = jest.spyOn(bcrypt, 'compare').mockImplementation(counted as unknown as () => void);
  const hash = await bcrypt.hash('x', 5);
  const answers = await Promise.allSettled(Array.from({ length: 80 }, () => passwords.matches('x', hash)));
  compare.mockRestore();
  expect(most).toBe(2);
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(66);
  const refused = answers.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
  expect(refused.reason).toMatchObject({ code: 'UNAVAILABLE', details: { retryAfterSeconds: 5 } });
  // It recovers.
  expect(await passwords.matches('x', hash)).toBe(true);
});
