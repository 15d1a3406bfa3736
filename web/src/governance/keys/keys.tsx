import { useNavigate, useSearch } from '@tanstack/react-router';
import { may, useSession } from '../../app/session.ts';
import { PageHead } from '../../parts/page-head.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { governance } from '../../texts/en-governance.ts';
import { type Change, dropEmpty } from '../parts/drop-empty.ts';
import { KeyList } from './key-list.tsx';
import type { KeysSearch, KeysTab } from './keys-search.ts';
import { Roles } from './roles.tsx';
import { Rules } from './rules.tsx';
import '../parts/parts.css';
import './keys.css';

const texts = governance.keys;

/** Who holds which key, what each role may do, and the rules that hold for everybody. */
export function Keys() {
  const session = useSession();
  const search = useSearch({ from: '/keys' });
  const navigate = useNavigate({ from: '/keys' });
  const set = (change: Change<KeysSearch>) =>
    void navigate({ search: (before) => dropEmpty<KeysSearch>({ ...before, ...change }), replace: true });
  if (!session) return null;
  const seesKeys = may(session, 'admin');
  const tabs = [
    ...(seesKeys
      ? [
          {
            id: 'keys' as const,
            label: texts.tabs.keys,
            content: <KeyList search={search} set={set} session={session} />,
          },
        ]
      : []),
    { id: 'roles' as const, label: texts.tabs.roles, content: <Roles own={session.role} /> },
    ...(may(session, 'governance:read')
      ? [{ id: 'rules' as const, label: texts.tabs.rules, content: <Rules session={session} /> }]
      : []),
  ];
  const open = tabs.find(({ id }) => id === search.tab)?.id ?? tabs[0]?.id ?? 'roles';
  return (
    <div className="screen">
      <PageHead title={texts.title} lead={texts.lead} />
      <Tabs<KeysTab>
        label={texts.tabsLabel}
        open={open}
        onOpen={(tab) => set({ tab: tab === 'keys' ? undefined : tab })}
        tabs={tabs}
      />
    </div>
  );
}
