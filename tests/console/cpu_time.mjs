/** Measures how the time of a function grows when its input is doubled. */

const ATTEMPTS = 6;
/** Twice the input takes about twice the time; four times would be quadratic. */
const LIMIT = 3;
/** In milliseconds. Below, the clock and the garbage collector are measured instead. */
const TOO_SHORT = 2;

/** Whether doubling the input about doubles the time, in the best of several attempts. */
export function isLinear(work, small, large) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const long = shortestTime(work, large);
    if (long < TOO_SHORT || long < LIMIT * shortestTime(work, small)) return true;
  }
  return false;
}

function shortestTime(work, input) {
  const times = [0, 1, 2].map(() => {
    const start = process.cpuUsage();
    work(input);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}
