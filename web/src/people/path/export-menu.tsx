import { Menu } from '@base-ui/react/menu';
import { useMutation } from '@tanstack/react-query';
import { ChevronDown, Download } from 'lucide-react';
import { answerOf, api } from '../../api/client.ts';
import { purposeHeader, purposeNow } from '../../app/purpose.ts';
import { dateTimeText } from '../../parts/date-time.tsx';
import { people } from '../../texts/en-people.ts';
import { readable } from '../completeness-note.tsx';
import { printSheet } from '../print-sheet.ts';
import { coloursOf } from './colours.ts';
import type { Lineage } from './graph.ts';
import { pathSvg } from './path-svg.ts';
import { svgToPng } from './svg-to-png.ts';
import type { LaidOut } from './use-layout.ts';

const texts = people.exports;
const FORMATS = ['json', 'csv', 'prov'] as const;
type Format = (typeof FORMATS)[number];
const ENDINGS: Readonly<Record<Format, string>> = { json: 'json', csv: 'csv', prov: 'prov.json' };

/**
 * The path as files. Pictures are drawn here, from what is shown; data comes from the API anew, which writes down that it
 * was read.
 */
export function ExportMenu({
  subjectId,
  answer,
  laidOut,
}: {
  subjectId: string;
  answer: Lineage | undefined;
  laidOut: LaidOut | null;
}) {
  const name = `path-${subjectId.slice(0, 8)}`;
  const picture = () => {
    if (laidOut === null || answer === undefined) throw new Error('nothing is drawn yet');
    const statement = readable(answer.completeness.statement);
    return pathSvg(laidOut.graph, laidOut.positions, coloursOf(document.body), statement);
  };
  const save = useMutation({
    mutationFn: async (what: 'svg' | 'png' | 'print' | Format) => {
      switch (what) {
        case 'svg':
          return download(new Blob([picture()], { type: 'image/svg+xml' }), `${name}.svg`);
        case 'png':
          return download(await svgToPng(picture()), `${name}.png`);
        case 'print':
          if (answer === undefined) throw new Error('nothing is known yet');
          return printSheet({
            title: people.person.title(subjectId.slice(0, 8)),
            printed: people.person.printed(dateTimeText(Date.now()), purposeNow() ?? ''),
            answer,
            pictureSvg: picture(),
          });
        default:
          return download(await answerAs(subjectId, what), `${name}.${ENDINGS[what]}`);
      }
    },
    retry: false,
  });
  const items = [
    ['png', texts.png],
    ['svg', texts.svg],
    ['json', texts.json],
    ['csv', texts.csv],
    ['prov', texts.prov],
    ['print', texts.print],
  ] as const;
  return (
    <Menu.Root>
      <Menu.Trigger className="button plain" disabled={answer === undefined || save.isPending}>
        <Download size={15} aria-hidden="true" />
        {texts.label}
        <ChevronDown size={14} aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="menu-place">
          <Menu.Popup className="menu card">
            {items.map(([what, label]) => (
              <Menu.Item key={what} className="menu-item" onClick={() => save.mutate(what)}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
      {save.error !== null && (
        <span className="wrong" role="alert">
          {texts.failed}
        </span>
      )}
    </Menu.Root>
  );
}

/** Always of the full view: what is taken away for a file should hold every part. */
async function answerAs(subjectId: string, format: Format): Promise<Blob> {
  return (await answerOf(
    api.GET('/v1/subjects/{subjectId}/lineage', {
      params: { path: { subjectId }, header: purposeHeader(), query: { view: 'full', format } },
      parseAs: 'blob',
    }),
  )) as Blob;
}

function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of the content by the next turn, not by this one.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
