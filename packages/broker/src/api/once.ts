/**
 * Does something once for each key: who names one again and again in a request gets the same answer as often, and not the work
 * and the memory of making it.
 */
export function once<Key, Answer>(make: (key: Key) => Answer): (key: Key) => Answer {
  const answers = new Map<Key, { readonly answer: Answer }>();
  return (key) => {
    const known = answers.get(key) ?? { answer: make(key) };
    answers.set(key, known);
    return known.answer;
  };
}
