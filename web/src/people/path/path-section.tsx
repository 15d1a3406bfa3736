import { lazy, Suspense, useMemo, useState } from 'react';
import { people } from '../../texts/en-people.ts';
import type { PersonSearch } from '../person-search.ts';
import { ExportMenu } from './export-menu.tsx';
import { type Confidence, EMPTY_GRAPH, edgeId, type Lineage, pathGraph } from './graph.ts';
import { momentsOf } from './moments.ts';
import { atLeast, collapse, collapsible, nearby, systemOf } from './narrow.ts';
import { PathList } from './path-list.tsx';
import { PathPanel } from './path-panel.tsx';
import { PathTools } from './path-tools.tsx';
import { Legend } from './sure.tsx';
import { TimeBar } from './time-bar.tsx';
import { useLayout } from './use-layout.ts';
import './path.css';

const PathPicture = lazy(() => import('./path-picture.tsx').then(({ PathPicture }) => ({ default: PathPicture })));
const texts = people.path;

/** How much of the path is drawn; not in the address, because it is a way of looking and no finding. */
export interface Narrowing {
  readonly least: Confidence;
  /** Steps around the chosen node; null for all. */
  readonly depth: number | null;
  /** Systems drawn as one box, as `systemOf` names them. */
  readonly systems: ReadonlySet<string>;
}

const EVERYTHING: Narrowing = { least: 'possible', depth: null, systems: new Set() };

/** The path as a picture or as a list, with what narrows it, its time, and the panel that tells what was chosen. */
export function PathSection({
  subjectId,
  answer,
  isGrowing,
  search,
  go,
}: {
  subjectId: string;
  answer: Lineage | undefined;
  /** It is a part, and more of it comes by itself: nothing to take away as a file. */
  isGrowing: boolean;
  search: PersonSearch;
  go: (search: PersonSearch) => void;
}) {
  const [narrowing, setNarrowing] = useState(EVERYTHING);
  const [until, setUntil] = useState<number | null>(null);
  const [isWide, setWide] = useState(false);

  const whole = useMemo(() => (answer === undefined ? EMPTY_GRAPH : pathGraph(answer)), [answer]);
  const groups = useMemo(() => collapsible(whole), [whole]);
  const graph = useMemo(() => {
    const grouped = collapse(atLeast(whole, narrowing.least), narrowing.systems);
    const centre = search.node;
    return narrowing.depth === null || centre === undefined || !grouped.nodes.some(({ id }) => id === centre)
      ? grouped
      : nearby(grouped, centre, narrowing.depth);
  }, [whole, narrowing, search.node]);
  const moments = useMemo(() => momentsOf(graph.edges), [graph]);
  const laidOut = useLayout(graph);

  const chosenNode = graph.nodes.find(({ id }) => id === search.node);
  const hasEdge = search.from !== undefined && search.to !== undefined;
  const { node: _node, from: _from, to: _to, ...unchosen } = search;
  const close = () => {
    setNarrowing({ ...narrowing, depth: null });
    go(unchosen);
  };
  const chooseNode = (node: string) => go({ ...unchosen, node });
  const chooseEdge = (from: string, to: string) =>
    go({ ...unchosen, ...(search.node === undefined ? {} : { node: search.node }), from, to });
  const narrow = (change: Partial<Narrowing>) => {
    setUntil(null);
    setNarrowing({ ...narrowing, ...change });
  };

  if (answer !== undefined && whole.nodes.length === 0) {
    return (
      <div className="card path-empty">
        <p>{texts.empty}</p>
        <p className="soft">{texts.emptyThen}</p>
      </div>
    );
  }
  return (
    <section className="card path" data-wide={isWide} aria-label={people.person.tabs.path}>
      <PathTools
        graph={graph}
        groups={groups}
        narrowing={narrowing}
        search={search}
        isWide={isWide}
        centre={chosenNode}
        onNarrow={narrow}
        onNode={chooseNode}
        onWide={() => setWide(!isWide)}
        go={(change) => {
          narrow({ depth: null, systems: new Set() });
          go(change);
        }}
      >
        <ExportMenu subjectId={subjectId} answer={isGrowing ? undefined : answer} laidOut={laidOut} />
      </PathTools>
      <div className="path-body">
        {search.as === 'list' ? (
          <PathList graph={graph} onEdge={chooseEdge} />
        ) : (
          <Suspense fallback={<div className="path-wait skeleton" />}>
            <PathPicture
              laidOut={laidOut}
              moments={moments}
              until={until}
              chosen={{
                ...(search.node === undefined ? {} : { node: search.node }),
                ...(hasEdge ? { edge: edgeId(search.from ?? '', search.to ?? '') } : {}),
              }}
              onNode={chooseNode}
              onEdge={chooseEdge}
              onGround={close}
            />
            <Legend graph={graph} />
          </Suspense>
        )}
        {answer !== undefined && (chosenNode !== undefined || hasEdge) && (
          <PathPanel
            subjectId={subjectId}
            answer={answer}
            graph={graph}
            node={chosenNode}
            edge={hasEdge ? { from: search.from ?? '', to: search.to ?? '' } : undefined}
            narrowing={narrowing}
            groupable={chosenNode !== undefined && search.view === 'full' && groups.has(systemOf(chosenNode))}
            onNarrow={narrow}
            onNode={chooseNode}
            onEdge={chooseEdge}
            onBack={() => go({ ...unchosen, ...(search.node === undefined ? {} : { node: search.node }) })}
            onClose={close}
          />
        )}
      </div>
      {search.as !== 'list' && <TimeBar moments={moments} until={until} onUntil={setUntil} />}
    </section>
  );
}
