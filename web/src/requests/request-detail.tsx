import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { lazy, type ReactNode, Suspense } from 'react';
import { CopyButton } from '../parts/copy-button.tsx';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { texts as all } from '../texts/en.ts';
import { requestPage } from '../texts/en-request-page.ts';
import { requests } from '../texts/en-requests.ts';
import { ClockPanel } from './clock-panel.tsx';
import type { Tab } from './detail-search.ts';
import { FactsPanel } from './facts-panel.tsx';
import { IdentityProofs } from './identity-proofs.tsx';
import { NextSteps } from './next-steps.tsx';
import { OverlayNotes, Overlays } from './overlays.tsx';
import { PlanPanel } from './plan-panel.tsx';
import { isMoving, isOpen, type Request, requestQuery } from './request-queries.ts';
import { RestrictionPanel } from './restriction-panel.tsx';
import { useFollowing } from './use-following.ts';
import { WhyPanel } from './why-panel.tsx';
import { WorkPanel } from './work-panel.tsx';
import './request-detail.css';

const texts = requestPage.detail;
const endings: Readonly<Partial<Record<Request['state'], string>>> = texts.endings;
const RecipientsPanel = lazy(() => import('./recipients-panel.tsx').then(named('RecipientsPanel')));
const CopyPanel = lazy(() => import('./copy-panel.tsx').then(named('CopyPanel')));
const CertificatePanel = lazy(() => import('./certificate-panel.tsx').then(named('CertificatePanel')));
const HistoryPanel = lazy(() => import('./history-panel.tsx').then(named('HistoryPanel')));

/** One request: what it waits for, what one may do, its clock, and each of its parts. */
export function RequestDetail() {
  const { requestId } = useParams({ from: '/requests/$requestId' });
  const { data: request, error, refetch } = useQuery(requestQuery(requestId));
  useFollowing(request);
  if (request === undefined) {
    return (
      <div className="screen">
        <BackLink />
        {error === null ? (
          <div className="skeleton block-wait" />
        ) : (
          <Failure error={error} again={() => void refetch()} />
        )}
      </div>
    );
  }
  return (
    <div className="screen request-page">
      <BackLink />
      <PageHead
        title={texts.title(all.request.types[request.type], request.id.slice(0, 8))}
        lead={
          <>
            <StateBadge state={request.state} /> <Overlays request={request} /> {requests.typeLeads[request.type]}{' '}
            <CopyButton text={request.id} label={texts.copyId} />
          </>
        }
      />
      <OverlayNotes request={request} />
      <div className="request-lead">
        <div className="card panel">
          {isOpen(request.state) ? (
            <WhyPanel requestId={request.id} isLive={isMoving(request.state)} />
          ) : (
            <p>{endings[request.state]}</p>
          )}
          <NextSteps request={request} />
        </div>
        <ClockPanel request={request} />
      </div>
      <IdentityProofs request={request} />
      <RestrictionPanel request={request} />
      <FactsPanel request={request} />
      <Parts request={request} />
    </div>
  );
}

function BackLink() {
  return (
    <Link to="/requests" className="back-link">
      <ArrowLeft size={14} aria-hidden="true" />
      {texts.back}
    </Link>
  );
}

function Parts({ request }: { request: Request }) {
  const search = useSearch({ from: '/requests/$requestId' });
  const navigate = useNavigate({ from: '/requests/$requestId' });
  const content: Readonly<Record<Tab, ReactNode>> = {
    plan: <PlanPanel request={request} />,
    work: <WorkPanel request={request} />,
    recipients: <RecipientsPanel request={request} />,
    copy: <CopyPanel request={request} />,
    certificate: <CertificatePanel request={request} />,
    history: <HistoryPanel request={request} />,
  };
  const shown = tabsOf(request);
  const open = shown.find((tab) => tab === search.tab) ?? openingTab(request);
  return (
    <Tabs
      label={texts.tabsLabel}
      open={open}
      onOpen={(tab) => void navigate({ search: { tab }, replace: true })}
      tabs={shown.map((id) => ({
        id,
        label: texts.tabs[id],
        content: <Suspense fallback={<div className="skeleton block-wait" />}>{content[id]}</Suspense>,
      }))}
    />
  );
}

const givesCopy = ({ type }: Request) => type === 'access' || type === 'portability';

function tabsOf(request: Request): Tab[] {
  return ['plan', 'work', givesCopy(request) ? 'copy' : 'recipients', 'certificate', 'history'];
}

/** What somebody who opens it most likely came for. */
function openingTab(request: Request): Tab {
  switch (request.state) {
    case 'executing':
    case 'verifying':
    case 'blocked':
      return 'work';
    case 'completed':
    case 'completed_with_exceptions':
      return 'certificate';
    case 'refused':
    case 'withdrawn':
    case 'expired':
    case 'duplicate':
      return 'history';
    default:
      return 'plan';
  }
}

/** `lazy` takes modules with a default export; ours have none. */
function named<Name extends string>(name: Name) {
  return <Part,>(module: Record<Name, Part>): { default: Part } => ({ default: module[name] });
}
