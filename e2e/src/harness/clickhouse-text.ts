import type { Secret } from '@vestige/core/secret';

/** Asks ClickHouse past our own stores, over HTTP, with the login in the URL. @throws with the engine's own words */
export async function clickHouseText(
  url: Secret,
  sql: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { origin, username, password, pathname } = new URL(url.reveal());
  const query = new URLSearchParams({ database: pathname.slice(1), ...settings });
  const answer = await fetch(`${origin}/?${query}`, {
    method: 'POST',
    body: sql,
    headers: { 'x-clickhouse-user': decodeURIComponent(username), 'x-clickhouse-key': decodeURIComponent(password) },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`ClickHouse answered ${answer.status}: ${text}`);
  return text.trim();
}

/** Lines of the answer; none for an empty one. */
export async function clickHouseLines(...asked: Parameters<typeof clickHouseText>): Promise<string[]> {
  const text = await clickHouseText(...asked);
  return text === '' ? [] : text.split('\n');
}
