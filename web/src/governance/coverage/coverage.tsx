import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CircleCheck, Crosshair, Info } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Failure } from '../../parts/failure.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { governance } from '../../texts/en-governance.ts';
import { Drawer } from '../parts/drawer.tsx';
import { type Change, dropEmpty } from '../parts/drop-empty.ts';
import { FilterSelect } from '../parts/filter-select.tsx';
import { NodeName } from '../parts/node-kind.tsx';
import { numberText } from '../parts/people-count.ts';
import { Snippet } from '../parts/snippet.tsx';
import { daysOf, fromOf } from '../parts/window-search.ts';
import { WindowSelect } from '../parts/window-select.tsx';
import type { CoverageSearch } from './coverage-search.ts';
import { holesOf, remedyOf, snippetOf } from './remedy.ts';
import '../parts/parts.css';
import './coverage.css';

type Answer = components['schemas']['Coverage'];
type Site = Answer['callSites'][number];
const texts = governance.coverage;

/** Where data is touched without saying whose it is: what every other answer may miss, and how to close it. */
export function Coverage() {
  const search = useSearch({ from: '/coverage' });
  const navigate = useNavigate({ from: '/coverage' });
  const set = (change: Change<CoverageSearch>) =>
    void navigate({ search: (before) => dropEmpty<CoverageSearch>({ ...before, ...change }), replace: true });
  const days = daysOf(search);
  const { data, error, refetch } = useQuery({
    queryKey: ['coverage', days],
    staleTime: 60_000,
    queryFn: () => answerOf(api.GET('/v1/coverage', { params: { query: { from: fromOf(days) } } })),
  });
  return (
    <div className="screen">
      <PageHead title={texts.title} lead={texts.lead} />
      <div className="toolbar">
        <WindowSelect days={days} onChange={(each) => set({ days: each })} />
        {data && (
          <FilterSelect
            label={texts.service}
            value={search.service}
            options={data.services.map(({ service }) => ({ value: service, text: service }))}
            onChange={(service) => set({ service })}
          />
        )}
      </div>
      {error !== null && <Failure error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <div className="skeleton block-wait" />}
      {data && (data.total.touches === 0 ? <Nothing /> : <Answered coverage={data} search={search} set={set} />)}
    </div>
  );
}

function Nothing() {
  return (
    <div className="card">
      <EmptyState icon={Crosshair} title={texts.empty.title}>
        <p>{texts.empty.lead}</p>
      </EmptyState>
    </div>
  );
}

function Answered({
  coverage,
  search,
  set,
}: {
  coverage: Answer;
  search: CoverageSearch;
  set: (change: Change<CoverageSearch>) => void;
}) {
  const { total, services, peers, callSites, truncated } = coverage;
  const left = total.touches - total.attributed;
  const holes = holesOf(callSites.filter(({ service }) => search.service === undefined || service === search.service));
  return (
    <>
      <section className="card coverage-total" aria-label={texts.total}>
        <p className="coverage-figure">{texts.percent(total.percent ?? 0)}</p>
        <div>
          <Meter percent={total.percent ?? 0} />
          <p>{texts.statement(numberText(total.attributed), numberText(total.touches))}</p>
          <p className="soft">{left === 0 ? texts.whole : texts.missing(numberText(left))}</p>
        </div>
      </section>
      {truncated && (
        <p className="statement" data-tone="warn">
          <Info size={16} aria-hidden="true" />
          {texts.truncated}
        </p>
      )}
      <Tabs
        label={texts.views}
        open={search.show ?? 'sites'}
        onOpen={(show) => set({ show: show === 'sites' ? undefined : show })}
        tabs={[
          { id: 'sites', label: texts.tabs.sites(holes.length), content: <Holes holes={holes} /> },
          {
            id: 'services',
            label: texts.tabs.services(services.length),
            content: (
              <Rates
                head={texts.service}
                rows={services.map((row) => ({ ...row, key: row.service, name: row.service }))}
              />
            ),
          },
          {
            id: 'peers',
            label: texts.tabs.peers(peers.length),
            content: (
              <Rates
                head={texts.peer}
                rows={peers.map((row) => ({ ...row, key: row.peer, name: <NodeName id={row.peer} /> }))}
              />
            ),
          },
        ]}
      />
    </>
  );
}

function Holes({ holes }: { holes: readonly Site[] }) {
  const [open, setOpen] = useState<Site | null>(null);
  if (holes.length === 0) {
    return (
      <div className="card">
        <EmptyState icon={CircleCheck} title={texts.noHoles.title}>
          <p>{texts.noHoles.lead}</p>
        </EmptyState>
      </div>
    );
  }
  return (
    <div className="card scroll-x">
      <table className="list dense">
        <thead>
          <tr>
            <th scope="col">{texts.site}</th>
            <th scope="col">{texts.peer}</th>
            <th scope="col" className="number">
              {texts.without}
            </th>
            <th scope="col">{texts.covered}</th>
            <th scope="col">{texts.todo}</th>
          </tr>
        </thead>
        <tbody>
          {holes.map((hole) => (
            <tr key={`${hole.service}\n${hole.scope}\n${hole.name}\n${hole.peer}`}>
              <td>
                <strong>{hole.name}</strong>
                <br />
                <span className="soft">
                  {hole.service} · {hole.scope}
                </span>
              </td>
              <td>
                <NodeName id={hole.peer} />
              </td>
              <td className="number">{numberText(hole.touches - hole.attributed)}</td>
              <td>
                <Meter percent={hole.percent} />
              </td>
              <td>
                <button type="button" className="link-button" onClick={() => setOpen(hole)}>
                  {texts.remedies[remedyOf(hole)].short}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {open && <RemedyDetails hole={open} onClose={() => setOpen(null)} />}
    </div>
  );
}

function RemedyDetails({ hole, onClose }: { hole: Site; onClose: () => void }) {
  const remedy = remedyOf(hole);
  return (
    <Drawer open onClose={onClose} title={texts.remedies[remedy].short}>
      <p>{texts.remedies[remedy].long}</p>
      <Snippet text={snippetOf(hole, remedy)} label={texts.copy} />
      <dl className="facts">
        <dt>{texts.service}</dt>
        <dd>{hole.service}</dd>
        <dt>{texts.scope}</dt>
        <dd className="mono">{hole.scope}</dd>
        <dt>{texts.span}</dt>
        <dd className="mono">{hole.name}</dd>
        <dt>{texts.peer}</dt>
        <dd className="mono">{hole.peer}</dd>
        <dt>{texts.without}</dt>
        <dd>{texts.ofTouches(numberText(hole.touches - hole.attributed), numberText(hole.touches))}</dd>
      </dl>
      <p className="soft">{texts.check}</p>
      <Snippet text="npx vestige doctor" label={texts.copy} />
    </Drawer>
  );
}

interface Rate {
  readonly key: string;
  readonly name: ReactNode;
  readonly touches: number;
  readonly attributed: number;
  readonly percent: number;
}

function Rates({ head, rows }: { head: string; rows: readonly Rate[] }) {
  return (
    <div className="card scroll-x">
      <table className="list dense">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <th scope="col" className="number">
              {texts.touches}
            </th>
            <th scope="col" className="number">
              {texts.without}
            </th>
            <th scope="col">{texts.covered}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, name, touches, attributed, percent }) => (
            <tr key={key}>
              <td>{name}</td>
              <td className="number">{numberText(touches)}</td>
              <td className="number">{numberText(touches - attributed)}</td>
              <td>
                <Meter percent={percent} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const toneOf = (percent: number): 'good' | 'warn' | 'bad' => (percent >= 100 ? 'good' : percent >= 80 ? 'warn' : 'bad');

/** A bar for the eye; the number beside it says the same. */
function Meter({ percent }: { percent: number }) {
  return (
    <span className="meter" data-tone={toneOf(percent)}>
      <span className="meter-bar" aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </span>
      <span className="meter-text">{texts.percent(percent)}</span>
    </span>
  );
}
