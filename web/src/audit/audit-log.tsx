import { useNavigate, useSearch } from '@tanstack/react-router';
import { type Change, dropEmpty } from '../governance/parts/drop-empty.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { audit } from '../texts/en-audit.ts';
import type { AuditSearch } from './audit-search.ts';
import { CertificateCheck } from './certificate-check.tsx';
import { Entries } from './entries.tsx';
import { LogState } from './log-state.tsx';
import '../governance/parts/parts.css';
import './audit-log.css';

/** Who did what, newest first; what the log promises; and a certificate that somebody was handed. */
export function AuditLog() {
  const search = useSearch({ from: '/audit' });
  const navigate = useNavigate({ from: '/audit' });
  const set = (change: Change<AuditSearch>) =>
    void navigate({ search: (before) => dropEmpty<AuditSearch>({ ...before, ...change }), replace: true });
  return (
    <div className="screen">
      <PageHead title={audit.title} lead={audit.lead} />
      <Tabs
        label={audit.tabsLabel}
        open={search.tab ?? 'entries'}
        onOpen={(tab) => set({ tab: tab === 'entries' ? undefined : tab })}
        tabs={[
          { id: 'entries', label: audit.tabs.entries, content: <Entries search={search} set={set} /> },
          { id: 'log', label: audit.tabs.log, content: <LogState /> },
          { id: 'certificate', label: audit.tabs.certificate, content: <CertificateCheck /> },
        ]}
      />
    </div>
  );
}
