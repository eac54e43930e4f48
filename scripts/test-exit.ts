// Loaded into every test file's process before the file itself: a file whose tests are over but whose process lives on has left
// a file, socket, timer or child open. It is ended after a while and fails, naming what is open, instead of holding up the run.
const exitTimeout_ms = 30_000;

// A process started by a test inherits the options of its parent; only the test file itself is meant.
if (process.argv[1]?.endsWith('.test.ts') === true) {
  const { after, afterEach, beforeEach } = await import('node:test');
  let running = 0;
  let ended = 0;
  beforeEach(() => void running++);
  afterEach(() => {
    running--;
    ended++;
  });
  // The runner may think that all is over while a file still waits for something before its next test.
  const watch = (before: number) =>
    setTimeout(() => (running > 0 || ended > before ? watch(ended) : endProcess()), exitTimeout_ms).unref();
  after(() => void watch(ended));
}

function endProcess(): void {
  // the pipes are those to the test runner
  const open = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap');
  console.error(
    `The tests are over, but after ${exitTimeout_ms} ms the process has not ended. Still open: ${open.join(', ')}`,
  );
  process.exit(1);
}
