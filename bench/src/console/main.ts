import { parseArgs } from 'node:util';
import { wholeNumber } from '../whole-number.ts';
import { type ConsoleRound, measureConsole } from './console.ts';

export const CONSOLE_HELP = `npm run bench -- console [options]

What a large path costs a browser: the console, built anew, in Chromium, a person's page with every part of
the path, opened with nothing cached, dragged about and zoomed.

  --nodes N     (default 2000)
  --edges N     (default 10000)
  --rounds N    openings (default 3)
  --json        end with one line of JSON
`;

/** What is promised, and what is measured beside it. */
const LINES: readonly (readonly [keyof ConsoleRound, string, number | null])[] = [
  ['drawnMs', 'page asked for to path drawn', 2_000],
  ['drawnAfterAnswerMs', '  of it after the answer had arrived', null],
  ['layoutMs', 'layout, in a worker', null],
  ['longestTaskDuringLayoutMs', '  longest task of the page meanwhile', null],
  ['longestTaskOpeningMs', 'longest task while the page opened', null],
  ['longestTaskPanningMs', 'longest task while dragging', 200],
  ['longestTaskZoomingMs', 'longest task while zooming', 200],
  ['longestFrameMs', 'longest frame meanwhile', null],
];

export async function consoleMain(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string' },
      edges: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const report = await measureConsole(
    {
      nodes: wholeNumber('--nodes', values.nodes, 2_000),
      edges: wholeNumber('--edges', values.edges, 10_000),
      rounds: wholeNumber('--rounds', values.rounds, 3),
    },
    (text) => process.stderr.write(`${text}\n`),
  );
  for (const [key, name, goal] of LINES) {
    const all = report.rounds.map((round) => round[key]).join(', ');
    const against = goal === null ? '' : `  to reach: < ${goal}`;
    process.stderr.write(`${name.padEnd(40)}${String(report.median[key]).padStart(6)} ms  (${all})${against}\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
}
