/** A tree for ClickHouse's configuration files: a leaf is text, an array repeats its element, `@name` is an attribute. */
export interface XmlTree {
  readonly [element: string]: XmlTree | readonly XmlTree[] | string | number | readonly string[];
}

export function renderXml(tree: XmlTree, indent = ''): string {
  return Object.entries(tree)
    .filter(([name]) => !name.startsWith('@'))
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((item) => element(name, item, indent)))
    .join('\n');
}

function element(name: string, value: XmlTree | string | number, indent: string): string {
  if (typeof value !== 'object') return `${indent}<${name}>${escapeXml(String(value))}</${name}>`;
  const attributes = Object.entries(value)
    .filter(([key]) => key.startsWith('@'))
    .map(([key, text]) => ` ${key.slice(1)}="${escapeXml(String(text)).replaceAll('"', '&quot;')}"`)
    .join('');
  const content = renderXml(value, `${indent}  `);
  if (content === '') return `${indent}<${name}${attributes}/>`;
  return `${indent}<${name}${attributes}>\n${content}\n${indent}</${name}>`;
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
