import { ROLE_NAMES, ROLES, type Role, scopesOf } from '@vestige/core/access/roles';
import { SCOPE_MEANINGS, SCOPES } from '@vestige/core/access/scopes';
import { Check } from 'lucide-react';
import { governance } from '../../texts/en-governance.ts';

const texts = governance.keys.roles;

/** What each role may do: the tables the API itself decides by (core/src/access). */
export function Roles({ own }: { own: Role | null }) {
  return (
    <div className="roles">
      <ul className="role-list">
        {ROLE_NAMES.map((role) => (
          <li key={role} className="card" data-own={role === own}>
            <h2>
              {governance.roles[role]}
              {role === own && <span className="tag own-key">{texts.own}</span>}
            </h2>
            <p className="soft">{ROLES[role].meaning}</p>
            <p className="faint">{texts.of[ROLES[role].of]}</p>
          </li>
        ))}
      </ul>
      <section className="card scroll-x">
        <table className="list dense role-matrix">
          <caption className="sr-only">{texts.matrix}</caption>
          <thead>
            <tr>
              <th scope="col">{texts.scope}</th>
              {ROLE_NAMES.map((role) => (
                <th key={role} scope="col" className="role-column">
                  {governance.roles[role]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {SCOPES.map((scope) => (
              <tr key={scope}>
                <th scope="row">
                  <span className="mono">{scope}</span>
                  <span className="soft">{SCOPE_MEANINGS[scope]}</span>
                </th>
                {ROLE_NAMES.map((role) => {
                  const holds = scopesOf(role).includes(scope);
                  return (
                    <td key={role} className="role-column">
                      {holds && <Check size={16} aria-label={texts.holds} />}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
