import { Link } from '@tanstack/react-router';
import { may, useSession } from '../../app/session.ts';
import { DateTime } from '../../parts/date-time.tsx';
import { governance } from '../../texts/en-governance.ts';
import { Drawer } from '../parts/drawer.tsx';
import { NodeName } from '../parts/node-kind.tsx';
import { peopleText } from '../parts/people-count.ts';
import type { WindowDays } from '../parts/window-search.ts';
import { byWeight, type DataMap, type MapEdge } from './map-filter.ts';

const texts = governance.map.details;
/** Node kinds that the registry takes (api/src/registry/schemas.ts). */
const REGISTERABLE = /^(store|memory|queue|recipient|model):/;

/** One place of the map: who stands behind it, what goes in and out, and what to do about it. */
export function NodeDetails({
  map,
  id,
  days,
  onOpen,
  onClose,
}: {
  map: DataMap;
  id: string | undefined;
  days: WindowDays;
  onOpen: (id: string) => void;
  onClose: () => void;
}) {
  const session = useSession();
  const node = map.nodes.find((each) => each.id === id);
  if (node === undefined || !session) return null;
  const nameOf = new Map(map.nodes.map((each) => [each.id, each.name]));
  const into = map.edges.filter(({ to }) => to === node.id).toSorted(byWeight);
  const out = map.edges.filter(({ from }) => from === node.id).toSorted(byWeight);
  return (
    <Drawer open onClose={onClose} title={<NodeName id={node.id} name={node.name} />}>
      <dl className="facts">
        <dt>{texts.id}</dt>
        <dd className="mono">{node.id}</dd>
        <dt>{texts.kind}</dt>
        <dd>{governance.kinds[node.kind]}</dd>
        <dt>{texts.party}</dt>
        <dd>
          {node.party === null
            ? governance.map.noParty
            : `${node.party.legalName}${node.party.country === null ? '' : ` (${node.party.country})`}`}
        </dd>
        <dt>{texts.people}</dt>
        <dd>{peopleText(node.people)}</dd>
        <dt>{texts.categories}</dt>
        <dd>{node.categories.join(', ') || governance.people.unknown}</dd>
        <dt>{texts.purposes}</dt>
        <dd>{node.purposes.join(', ') || governance.people.unknown}</dd>
        <dt>{texts.seen}</dt>
        <dd>
          <DateTime at={node.firstSeen} /> – <DateTime at={node.lastSeen} />
        </dd>
      </dl>
      <div className="toolbar">
        {may(session, 'governance:read') && REGISTERABLE.test(node.id) && (
          <Link to="/registry" search={{ edit: node.id }} className="button plain">
            {texts.registry}
          </Link>
        )}
        <Link to="/exposure" search={{ node: node.id, days }} className="button plain">
          {texts.exposure}
        </Link>
      </div>
      <Neighbours title={texts.into(into.length)} edges={into} end="from" nameOf={nameOf} onOpen={onOpen} />
      <Neighbours title={texts.out(out.length)} edges={out} end="to" nameOf={nameOf} onOpen={onOpen} />
    </Drawer>
  );
}

function Neighbours({
  title,
  edges,
  end,
  nameOf,
  onOpen,
}: {
  title: string;
  edges: readonly MapEdge[];
  end: 'from' | 'to';
  nameOf: ReadonlyMap<string, string>;
  onOpen: (id: string) => void;
}) {
  if (edges.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <table className="list dense">
        <tbody>
          {edges.map((edge) => (
            <tr key={`${edge[end]}\n${edge.action}\n${edge.design === true}`}>
              <td>
                <button type="button" className="link-button" onClick={() => onOpen(edge[end])}>
                  <NodeName id={edge[end]} name={nameOf.get(edge[end]) ?? edge[end]} />
                </button>
              </td>
              <td>{governance.actions[edge.action]}</td>
              <td className="number">{peopleText(edge.people)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
