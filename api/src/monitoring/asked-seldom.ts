/**
 * Makes a dear question cheap to be asked: whoever asks while an answer is on its way waits for that one, and an answer is
 * given again for `keptMs`. A failure is told to those who waited for it, and kept for nobody.
 *
 * @param nowMs monotonic
 */
export function askedSeldom<Answer>(
  ask: () => Promise<Answer>,
  keptMs: number,
  nowMs: () => number = () => performance.now(),
): () => Promise<Answer> {
  let asked: Promise<Answer> | null = null;
  let untilMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (asked !== null && nowMs() < untilMs) return asked;
    const asking = ask();
    asked = asking;
    // Until it is answered there is no end to waiting for it.
    untilMs = Number.POSITIVE_INFINITY;
    asking.then(
      () => {
        untilMs = nowMs() + keptMs;
      },
      () => {
        asked = null;
      },
    );
    return asking;
  };
}
