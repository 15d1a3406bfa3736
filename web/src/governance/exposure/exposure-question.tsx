import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { LockKeyhole } from 'lucide-react';
import { answerOf, api } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { purposeHeader, usePurpose } from '../../app/purpose.ts';
import { may, useSession } from '../../app/session.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { DateTime } from '../../parts/date-time.tsx';
import { Failure } from '../../parts/failure.tsx';
import { ListFrame } from '../../parts/list-frame.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { PurposeChip, WithPurpose } from '../../parts/purpose-dialog.tsx';
import { governance } from '../../texts/en-governance.ts';
import { Tags } from '../parts/tags.tsx';
import { ApprovalBadge, isOpen } from './approval-badge.tsx';
import { listBound } from './list-bound.ts';
import { targetWords } from './target-words.ts';
import '../parts/parts.css';
import './exposure.css';

const texts = governance.exposure;
const PAGE = 50;
type Question = components['schemas']['AskedExposure'];

/** One question: what a second person reads before they open the list of people, and the list once it is open. */
export function ExposureQuestion() {
  const { id } = useParams({ from: '/exposure/$id' });
  const { data, error, refetch } = useQuery({
    queryKey: ['exposure', id],
    queryFn: () => answerOf(api.GET('/v1/exposure/{id}', { params: { path: { id } } })),
  });
  return (
    <div className="screen">
      <PageHead title={data ? texts.question(targetWords(data)) : texts.title}>
        <PurposeChip />
      </PageHead>
      {error !== null && <Failure error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <div className="skeleton rows-wait" />}
      {data && (
        <>
          <QuestionFacts asked={data} />
          {isOpen(data.approval) ? (
            <WithPurpose>
              <People id={id} />
            </WithPurpose>
          ) : (
            <Closed asked={data} />
          )}
        </>
      )}
      <p>
        <Link to="/exposure">{texts.back}</Link>
      </p>
    </div>
  );
}

function QuestionFacts({ asked }: { asked: Question }) {
  const ends = [asked.node, asked.edge?.from, asked.edge?.to, asked.party].filter((each) => each !== undefined);
  return (
    <section className="card exposure-facts">
      <dl className="facts">
        <dt>{texts.columns.question}</dt>
        <dd className="mono">{ends.join(' → ')}</dd>
        <dt>{texts.window}</dt>
        <dd>
          <DateTime at={asked.window.from} /> – <DateTime at={asked.window.to} />
        </dd>
        <dt>{texts.category}</dt>
        <dd>{asked.categories === null ? governance.all : <Tags of={asked.categories} />}</dd>
        <dt>{texts.columns.purpose}</dt>
        <dd>{asked.purpose}</dd>
        <dt>{texts.columns.askedBy}</dt>
        <dd>
          <span className="mono">{asked.askedBy}</span> · <DateTime at={asked.askedAt} />
        </dd>
        <dt>{texts.columns.list}</dt>
        <dd>
          <ApprovalBadge approval={asked.approval} />{' '}
          {asked.approval && (
            <span className="soft">
              {texts.approval.by(asked.approval.by)} <DateTime at={asked.approval.until} />
            </span>
          )}
        </dd>
      </dl>
    </section>
  );
}

/** Another person than asked opens the list; whoever asked sends them here. */
function Closed({ asked }: { asked: Question }) {
  const session = useSession();
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => answerOf(api.POST('/v1/exposure/{id}/approve', { params: { path: { id: asked.id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['exposure', asked.id] }),
  });
  if (!session) return null;
  const isOwn = asked.askedBy === `key:${session.id}`;
  const isOver = asked.approval !== null;
  return (
    <section className="card exposure-closed">
      <LockKeyhole size={20} aria-hidden="true" />
      <div>
        <h2>{isOver ? texts.over.title : texts.closed.title}</h2>
        <p className="soft">{isOver ? texts.over.lead : isOwn ? texts.closed.own : texts.closed.other}</p>
      </div>
      {!isOver && (isOwn || !may(session, 'requests:approve')) && (
        <p className="exposure-link">
          {texts.closed.send} <span className="mono">{window.location.href}</span>
          <CopyButton text={window.location.href} label={texts.closed.copy} />
        </p>
      )}
      {!isOver && !isOwn && may(session, 'requests:approve') && (
        <button type="button" className="button" disabled={isPending} onClick={() => mutate()}>
          {texts.closed.approve}
        </button>
      )}
      {error !== null && <Failure error={error} />}
    </section>
  );
}

function People({ id }: { id: string }) {
  const purpose = usePurpose();
  const list = useInfiniteQuery({
    // Every page is a look at each person on it: it is read once, and not again in the background.
    queryKey: ['exposure-people', id, purpose],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => {
      const page = await answerOf(
        api.GET('/v1/exposure/{id}/subjects', {
          params: {
            path: { id },
            header: purposeHeader(),
            query: { limit: PAGE, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
          },
        }),
      );
      // Text comes only as it grows, which is not asked for here.
      return page as components['schemas']['ExposedPeople'];
    },
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const last = list.data?.pages.at(-1);
  const bound = listBound(list.data?.pages ?? []);
  return (
    <section className="card scroll-x">
      <header className="card-head">
        <h2>{texts.people}</h2>
        <p className="soft">{texts.watched}</p>
      </header>
      {/* Whether these are all, above the list: who reads only the rows takes them for everybody. */}
      {bound === 'mixed' && <Mixed again={() => void list.refetch()} />}
      {last && bound !== null && bound !== 'mixed' && (
        <p className="exposure-bound">
          <span className="badge" data-tone={bound === 'exact' ? 'good' : 'act'}>
            {texts[bound]}
          </span>{' '}
          {last.statement}
        </p>
      )}
      <ListFrame
        of={list}
        rows={list.data?.pages.flatMap(({ items }) => items)}
        empty={<p className="empty soft">{bound === 'exact' ? texts.nobody : texts.nobodyFound}</p>}
      >
        {(rows) => (
          <table className="list dense">
            <thead>
              <tr>
                <th scope="col">{texts.columns.person}</th>
                <th scope="col">{texts.columns.confidence}</th>
                <th scope="col" className="number">
                  {texts.columns.flows}
                </th>
                <th scope="col">{texts.columns.categories}</th>
                <th scope="col">{texts.columns.first}</th>
                <th scope="col">{texts.columns.last}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((each) => (
                <tr key={each.subjectId}>
                  <td className="mono">
                    <Link to="/people/$subjectId" params={{ subjectId: each.subjectId }}>
                      {each.subjectId}
                    </Link>
                  </td>
                  <td>{each.confidence}</td>
                  <td className="number">{each.flows}</td>
                  <td>
                    <Tags of={each.categories} />
                  </td>
                  <td>
                    <DateTime at={each.firstAt} />
                  </td>
                  <td>
                    <DateTime at={each.lastAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </ListFrame>
      {list.hasNextPage && (
        <p className="empty">
          <MoreButton pages={list} label={governance.more} />
        </p>
      )}
    </section>
  );
}

/** The list changed between two of its pages: no word about whether these are all would be true. */
function Mixed({ again }: { again: () => void }) {
  return (
    <p className="exposure-bound">
      <span className="badge" data-tone="act">
        {texts.mixed.title}
      </span>{' '}
      {texts.mixed.lead}{' '}
      <button type="button" className="button plain" onClick={again}>
        {texts.mixed.again}
      </button>
    </p>
  );
}
