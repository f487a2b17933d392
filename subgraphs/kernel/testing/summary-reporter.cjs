// Closes a run with one plain line that any tool can read: "12 passed, 0 failed, 1 skipped".
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    // A suite that did not even load counts as a failure, though none of its tests ran.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    process.stderr.write(`${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
  }
};
