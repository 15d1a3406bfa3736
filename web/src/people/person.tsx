import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useSession } from '../app/session.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { PurposeChip, WithPurpose } from '../parts/purpose-dialog.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { people } from '../texts/en-people.ts';
import { CompletenessNote } from './completeness-note.tsx';
import { GatheredTable } from './gathered-table.tsx';
import { GrowingNote } from './growing-note.tsx';
import { PathSection } from './path/path-section.tsx';
import { PersonFacts } from './person-facts.tsx';
import { pathQuery } from './person-queries.ts';
import type { PersonSearch, Tab } from './person-search.ts';
import { RecipientsTable } from './recipients-table.tsx';
import { ResidencyTable } from './residency-table.tsx';
import { StartRequest } from './start-request.tsx';
import { ViewsTable } from './views-table.tsx';
import './person.css';

const texts = people.person;

/** Everything about one person, under the random id that stands for them. */
export function Person() {
  const { subjectId } = useParams({ from: '/people/$subjectId' });
  return (
    <div className="screen person">
      <PageHead title={texts.title(subjectId.slice(0, 8))} lead={texts.lead}>
        <PurposeChip />
        <CopyButton text={subjectId} label={texts.copyId} />
        <StartRequest subjectId={subjectId} />
      </PageHead>
      <WithPurpose>
        <Answer subjectId={subjectId} />
      </WithPurpose>
    </div>
  );
}

function Answer({ subjectId }: { subjectId: string }) {
  const search = useSearch({ from: '/people/$subjectId' });
  const navigate = useNavigate({ from: '/people/$subjectId' });
  const session = useSession();
  const path = useQuery(pathQuery(subjectId, search.view ?? 'officer'));
  const go = (change: PersonSearch) => void navigate({ search: change, replace: true, resetScroll: false });
  if (path.error !== null) return <Failure error={path.error} again={() => void path.refetch()} />;
  const answer = path.data;
  const growing = path.isFetching ? answer?.completeness.cut : undefined;
  const tabs = [
    {
      id: 'path' as const,
      label: texts.tabs.path,
      content: (
        <PathSection subjectId={subjectId} answer={answer} isGrowing={growing !== undefined} search={search} go={go} />
      ),
    },
    {
      id: 'recipients' as const,
      label: <Counted label={texts.tabs.recipients} count={answer?.recipients.length} />,
      content: answer && <RecipientsTable answer={answer} />,
    },
    {
      id: 'residency' as const,
      label: <Counted label={texts.tabs.residency} count={answer?.residency.length} />,
      content: answer && <ResidencyTable answer={answer} />,
    },
    { id: 'gathered' as const, label: texts.tabs.gathered, content: <GatheredTable subjectId={subjectId} /> },
    ...(session?.scopes.includes('audit:read')
      ? [{ id: 'views' as const, label: texts.tabs.views, content: <ViewsTable subjectId={subjectId} /> }]
      : []),
  ];
  return (
    <>
      <PersonFacts subjectId={subjectId} />
      {growing === undefined ? <CompletenessNote completeness={answer?.completeness} /> : <GrowingNote cut={growing} />}
      <Tabs<Tab>
        label={texts.tabsLabel}
        tabs={tabs}
        open={tabs.some(({ id }) => id === search.tab) ? (search.tab ?? 'path') : 'path'}
        onOpen={(tab) => go({ ...search, ...(tab === 'path' ? { tab: undefined } : { tab }) } as PersonSearch)}
      />
    </>
  );
}

function Counted({ label, count }: { label: string; count: number | undefined }) {
  return (
    <>
      {label} {count !== undefined && <span className="faint">{texts.count(count)}</span>}
    </>
  );
}
