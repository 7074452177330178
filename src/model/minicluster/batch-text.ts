/** What the operator makes of a batch text that isn't raw, as a script that a shell reads once. */
export function submitEachLine(text: string, submit: string): string {
  const lines = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const output = `"\${FLUX_OUTPUT_DIR}/job-${index}`;
    return [`${submit} --flags waitable --error=${output}.err" --output=${output}.out" ${line.trim()}`];
  });
  return [...lines, 'flux queue idle', 'flux jobs -a', ''].join('\n');
}
