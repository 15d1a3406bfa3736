import { Link, Outlet } from '@tanstack/react-router';
import {
  Bot,
  Crosshair,
  Database,
  House,
  Inbox,
  KeyRound,
  Map as MapIcon,
  ScrollText,
  Siren,
  UserSearch,
} from 'lucide-react';
import { texts } from '../texts/en.ts';
import { may, type OwnKey, type Scope, signOut, useSession } from './session.ts';
import { setTheme, THEMES, useTheme } from './theme.ts';
import './shell.css';

const PLACES = [
  { to: '/', label: texts.nav.home, icon: House, scope: null },
  { to: '/people', label: texts.nav.find, icon: UserSearch, scope: 'identify' },
  { to: '/requests', label: texts.nav.requests, icon: Inbox, scope: 'requests:read' },
  { to: '/map', label: texts.nav.map, icon: MapIcon, scope: 'lineage:read' },
  { to: '/agents', label: texts.nav.agents, icon: Bot, scope: 'lineage:read' },
  { to: '/coverage', label: texts.nav.coverage, icon: Crosshair, scope: 'lineage:read' },
  { to: '/exposure', label: texts.nav.exposure, icon: Siren, scope: 'lineage:read' },
  { to: '/registry', label: texts.nav.registry, icon: Database, scope: 'governance:read' },
  { to: '/audit', label: texts.nav.audit, icon: ScrollText, scope: 'audit:read' },
  { to: '/keys', label: texts.nav.keys, icon: KeyRound, scope: null },
] as const satisfies readonly { to: string; label: string; icon: typeof House; scope: Scope | null }[];

/** Navigation beside the page. What a key may not see is not offered. */
export function Shell() {
  const session = useSession();
  if (!session) return null;
  return (
    <div className="shell">
      <a className="skip" href="#page">
        {texts.skip}
      </a>
      <header className="side">
        <Link to="/" className="mark">
          <img src="/mark.svg" alt="" width="28" height="28" />
          <span>{texts.product}</span>
        </Link>
        <nav aria-label={texts.nav.label}>
          <ul>
            {PLACES.filter(({ scope }) => scope === null || may(session, scope)).map(({ to, label, icon: Icon }) => (
              <li key={to}>
                <Link to={to} activeOptions={{ exact: to === '/' }} className="place">
                  <Icon size={17} aria-hidden="true" />
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <SignedIn session={session} />
      </header>
      <main id="page" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

function SignedIn({ session }: { session: OwnKey }) {
  const theme = useTheme();
  return (
    <div className="who">
      <p>
        <strong>{session.tenant}</strong>
        <br />
        <span className="soft">{session.name}</span>
      </p>
      <label className="theme">
        <span className="sr-only">{texts.theme.label}</span>
        <select value={theme} onChange={(event) => setTheme(THEMES[event.target.selectedIndex] ?? 'system')}>
          {THEMES.map((name) => (
            <option key={name} value={name}>
              {texts.theme[name]}
            </option>
          ))}
        </select>
      </label>
      {/* Loading the page anew leaves nothing in its memory of what was looked at. */}
      <button type="button" className="button plain" onClick={() => void signOut().then(() => location.assign('/'))}>
        {texts.session.out}
      </button>
    </div>
  );
}
