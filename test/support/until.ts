/** Waits until something holds, for so many seconds at most. */
export async function until(holds: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
