/** A reason why the product cannot start that its operator can mend. Printed as one line, exit code 1, no stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
