// Loaded into every test file's process before the file itself: a file whose tests are over but whose process lives on has left
// a file, socket, timer or child open. It is ended after a while and fails, naming what is open, instead of holding up the run.
const exitTimeout_ms = 10_000;

// A process started by a test inherits the options of its parent; only the test file itself is meant.
if (process.argv[1]?.endsWith('.test.ts') === true) {
  const { after } = await import('node:test');
  after(() => setTimeout(endProcess, exitTimeout_ms).unref());
}

function endProcess(): void {
  // the pipes are those to the test runner
  const open = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap');
  console.error(
    `The tests are over, but after ${exitTimeout_ms} ms the process has not ended. Still open: ${open.join(', ')}`,
  );
  process.exit(1);
}
