import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { may, useSession } from '../../app/session.ts';
import { PageHead } from '../../parts/page-head.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { governance } from '../../texts/en-governance.ts';
import { mapQuery } from '../map/map-query.ts';
import { type Change, dropEmpty } from '../parts/drop-empty.ts';
import { Findings } from './findings.tsx';
import { Names } from './names.tsx';
import { Notice } from './notice.tsx';
import { Parties } from './parties.tsx';
import { partiesQuery, storesQuery } from './registry-queries.ts';
import type { RegistrySearch } from './registry-search.ts';
import { StoreDialog } from './store-dialog.tsx';
import { Stores } from './stores.tsx';
import { Unregistered } from './unregistered.tsx';
import { unregisteredNodes } from './unregistered-nodes.ts';
import '../parts/parts.css';
import './registry.css';

const texts = governance.registry;
/** Longer than most batch jobs wait. */
const SEEN_DAYS = 30;

/** What the company says of its stores and of the companies behind them. What lineage has seen and nobody declared is first. */
export function Registry() {
  const session = useSession();
  const search = useSearch({ from: '/registry' });
  const navigate = useNavigate({ from: '/registry' });
  const set = (change: Change<RegistrySearch>) =>
    void navigate({ search: (before) => dropEmpty<RegistrySearch>({ ...before, ...change }), replace: true });
  const stores = useQuery(storesQuery);
  const parties = useQuery(partiesQuery);
  const seesMap = session != null && may(session, 'lineage:read');
  const map = useQuery({ ...mapQuery(SEEN_DAYS, 'full'), enabled: seesMap });
  if (!session) return null;
  const canWrite = may(session, 'governance:write');
  const found =
    map.data && stores.data
      ? unregisteredNodes(
          map.data.nodes,
          stores.data.map(({ id }) => id),
        )
      : undefined;
  const onEdit = (edit: string) => set({ edit });
  return (
    <div className="screen">
      <PageHead title={texts.title} lead={texts.lead} />
      <Tabs
        label={texts.tabsLabel}
        open={search.tab ?? (seesMap ? 'unregistered' : 'stores')}
        onOpen={(tab) => set({ tab })}
        tabs={[
          {
            id: 'unregistered',
            label: texts.tabs.unregistered(found?.length),
            content: (
              <Unregistered found={found} error={map.error} seesMap={seesMap} canWrite={canWrite} onEdit={onEdit} />
            ),
          },
          {
            id: 'stores',
            label: texts.tabs.stores(stores.data?.length),
            content: <Stores query={stores} canWrite={canWrite} onEdit={onEdit} parties={parties.data ?? []} />,
          },
          {
            id: 'parties',
            label: texts.tabs.parties(parties.data?.length),
            content: <Parties query={parties} canWrite={canWrite} />,
          },
          { id: 'names', label: texts.tabs.names, content: <Names canWrite={canWrite} /> },
          { id: 'findings', label: texts.tabs.findings, content: <Findings canWrite={canWrite} /> },
          { id: 'notice', label: texts.tabs.notice, content: <Notice canWrite={canWrite} /> },
        ]}
      />
      {search.edit !== undefined && stores.data && (
        <StoreDialog
          key={search.edit}
          id={search.edit}
          known={stores.data.find(({ id }) => id === search.edit)}
          seen={map.data?.nodes.find(({ id }) => id === search.edit)}
          parties={parties.data ?? []}
          canWrite={canWrite}
          onClose={() => set({ edit: undefined })}
        />
      )}
    </div>
  );
}
