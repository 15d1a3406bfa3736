/** A tree for ClickHouse's configuration files: a leaf is text, an array repeats its element. */
export type XmlTree = {
  readonly [element: string]: XmlTree | readonly XmlTree[] | string | number | readonly string[];
};

export function renderXml(tree: XmlTree, indent = ''): string {
  return Object.entries(tree)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((item) => element(name, item, indent)))
    .join('\n');
}

function element(name: string, value: XmlTree | string | number, indent: string): string {
  if (typeof value !== 'object') return `${indent}<${name}>${escapeXml(String(value))}</${name}>`;
  if (Object.keys(value).length === 0) return `${indent}<${name}/>`;
  return `${indent}<${name}>\n${renderXml(value, `${indent}  `)}\n${indent}</${name}>`;
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
