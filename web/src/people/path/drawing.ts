import cytoscape, { type Core, type ElementDefinition, type StylesheetJson } from 'cytoscape';
import { people } from '../../texts/en-people.ts';
import { boxSvg, shortened, svgUri } from './box-svg.ts';
import type { Colours } from './colours.ts';
import { BOX, type Positions } from './column-layout.ts';
import { besideLine, curveBetween } from './edge-curve.ts';
import { CONFIDENCES, type PathEdge, type PathGraph } from './graph.ts';
import { headings } from './headings.ts';
import { ELK_NODES_MAX } from './layout.ts';
import { ageOf } from './moments.ts';
import { STROKES } from './strokes.ts';

export interface DrawingEvents {
  readonly onNode: (id: string) => void;
  readonly onEdge: (from: string, to: string) => void;
  readonly onGround: () => void;
}

/** More than that is drawn plainly: labels on flat boxes and straight lines, which a canvas draws in tens of milliseconds. */
const isLarge = ({ nodes, edges }: PathGraph) => nodes.length > ELK_NODES_MAX || edges.length > 1_500;

/**
 * A path on a canvas. All of its styles are Cytoscape's own, so the page's policy on styles has nothing to refuse.
 *
 * @returns Cytoscape's core; `destroy()` it when the picture changes
 */
export function drawPath(
  container: HTMLElement,
  graph: PathGraph,
  positions: Positions,
  colours: Colours,
  { onNode, onEdge, onGround }: DrawingEvents,
): Core {
  keepStylesOut();
  const large = isLarge(graph);
  const cy = cytoscape({
    container,
    elements: elementsOf(graph, positions, colours, large),
    style: large ? plainStyle(colours) : fineStyle(colours),
    layout: { name: 'preset', fit: false },
    autoungrabify: true,
    boxSelectionEnabled: false,
    minZoom: 0.02,
    maxZoom: 2.5,
    ...(large ? { pixelRatio: 1, hideEdgesOnViewport: true, textureOnViewport: true } : {}),
  });
  cy.on('tap', 'node.box', ({ target }) => onNode(target.id()));
  cy.on('tap', 'edge', ({ target }) => onEdge(target.data('from'), target.data('to')));
  cy.on('tap', (event) => event.target === cy && onGround());
  cy.on('mouseover', 'node.box, edge', () => container.classList.add('pointing'));
  cy.on('mouseout', 'node.box, edge', () => container.classList.remove('pointing'));
  showAll(cy);
  return cy;
}

/** Shrinks to show all of it, never beyond natural size; a tall or wide path begins where it can still be read. */
export function showAll(cy: Core): void {
  cy.fit(undefined, 24);
  if (cy.zoom() > 1) {
    cy.zoom(1);
    cy.center();
  }
}

export function bringIntoView(cy: Core, id: string): void {
  const node = cy.getElementById(id);
  if (node.empty()) return;
  const zoom = Math.max(cy.zoom(), 0.8);
  const { x, y } = node.position() as { x: number; y: number };
  cy.viewport({ zoom, pan: { x: cy.width() / 2 - x * zoom, y: cy.height() / 2 - y * zoom } });
}

/** Which lines are there at a moment, which are new, and which boxes hold something by then. */
export function showMoment(
  cy: Core,
  edges: readonly PathEdge[],
  moments: readonly number[],
  until: number | null,
): void {
  const ages = new Map(edges.map((edge) => [edge.id, ageOf(edge.firstMs, moments, until)]));
  const reached = new Set(edges.filter(({ id }) => ages.get(id) !== 'later').flatMap(({ from, to }) => [from, to]));
  cy.batch(() => {
    cy.edges().forEach((line) => {
      const age = ages.get(line.id());
      line.toggleClass('later', age === 'later');
      line.toggleClass('fresh', age === 'fresh');
    });
    cy.nodes('.box').forEach((box) => {
      box.toggleClass('later', until !== null && !reached.has(box.id()));
    });
  });
}

/** Marks what the panel tells about, and dims what has nothing to do with it. */
export function showChosen(cy: Core, chosen: { readonly node?: string; readonly edge?: string }): void {
  cy.batch(() => {
    cy.elements().removeClass('chosen dimmed');
    const element = cy.getElementById(chosen.edge ?? chosen.node ?? '');
    if (element.empty()) return;
    const around = chosen.edge === undefined ? element.closedNeighborhood() : element.union(element.connectedNodes());
    cy.elements().not('.heading').not(around).addClass('dimmed');
    element.addClass('chosen');
  });
}

function elementsOf(graph: PathGraph, positions: Positions, colours: Colours, large: boolean): ElementDefinition[] {
  const boxes = graph.nodes.map(
    (node): ElementDefinition => ({
      group: 'nodes',
      classes: `box ${node.column}`,
      position: { ...(positions.get(node.id) ?? { x: 0, y: 0 }) },
      data: large
        ? { id: node.id, label: shortened(node.label, 26) }
        : { id: node.id, image: svgUri(boxSvg(node, colours), BOX.width, BOX.height) },
    }),
  );
  const lines = graph.edges.map((edge): ElementDefinition => {
    const kind = edge.actions.every((action) => action === 'delete') ? ' deleted' : '';
    const data = { id: edge.id, source: edge.from, target: edge.to, from: edge.from, to: edge.to };
    const curve = large ? {} : bendsOf(edge, positions);
    return { group: 'edges', classes: `${edge.confidence}${kind}`, data: { ...data, ...curve } };
  });
  const words = headings(graph.nodes, positions).map(
    ({ column, x, y }): ElementDefinition => ({
      group: 'nodes',
      classes: `heading ${column}`,
      position: { x, y },
      data: { id: `heading\n${column}`, label: people.path.columns[column] },
      selectable: false,
    }),
  );
  return [...words, ...boxes, ...lines];
}

function bendsOf({ from, to }: PathEdge, positions: Positions) {
  const [a, b] = [positions.get(from), positions.get(to)];
  if (a === undefined || b === undefined) return {};
  const curve = curveBetween(a, b);
  const bends = [curve.bend1, curve.bend2].map((bend) => besideLine(curve, bend));
  return {
    leaves: `${curve.start.x - a.x}px ${curve.start.y - a.y}px`,
    reaches: `${curve.end.x - b.x}px ${curve.end.y - b.y}px`,
    weights: bends.map(({ weight }) => weight).join(' '),
    distances: bends.map(({ distance }) => distance).join(' '),
  };
}

function fineStyle(colours: Colours): StylesheetJson {
  return [
    {
      selector: 'node.box',
      style: {
        shape: 'rectangle',
        ...BOX,
        'background-opacity': 0,
        'background-image': 'data(image)',
        'background-fit': 'contain',
        'overlay-opacity': 0,
      },
    },
    {
      selector: 'edge',
      style: {
        'curve-style': 'unbundled-bezier',
        'edge-distances': 'endpoints',
        'source-endpoint': 'data(leaves)',
        'target-endpoint': 'data(reaches)',
        'control-point-weights': 'data(weights)',
        'control-point-distances': 'data(distances)',
        'target-arrow-shape': 'triangle',
        'arrow-scale': 0.8,
        'overlay-opacity': 0,
        // Known to the library and not yet to its types.
      } as unknown as cytoscape.Css.Edge,
    },
    ...shared(colours),
  ];
}

function plainStyle(colours: Colours): StylesheetJson {
  return [
    {
      selector: 'node.box',
      style: {
        shape: 'rectangle',
        ...BOX,
        'background-color': colours.surface,
        'border-width': 2,
        label: 'data(label)',
        color: colours.ink,
        'font-size': 12,
        'text-valign': 'center',
        'min-zoomed-font-size': 7,
        'overlay-opacity': 0,
      },
    },
    // Inside a box's half height, so that lines of one box do not all start at one point.
    {
      selector: 'edge',
      style: { 'curve-style': 'haystack', 'haystack-radius': 0, opacity: 0.55, 'overlay-opacity': 0 },
    },
    ...Object.entries(colours.columns).map(([column, colour]) => ({
      selector: `node.box.${column}`,
      style: { 'border-color': colour },
    })),
    ...shared(colours),
  ];
}

function shared(colours: Colours): StylesheetJson {
  return [
    {
      selector: 'edge',
      style: { width: 1.6, 'line-color': colours.edge, 'target-arrow-color': colours.edge },
    },
    ...CONFIDENCES.map((confidence) => ({
      selector: `edge.${confidence}`,
      style: {
        width: STROKES[confidence].width,
        ...(STROKES[confidence].dash.length === 0
          ? {}
          : { 'line-style': 'dashed' as const, 'line-dash-pattern': [...STROKES[confidence].dash] }),
      },
    })),
    { selector: 'edge.deleted', style: { 'line-color': colours.bad, 'target-arrow-color': colours.bad } },
    ...Object.entries(colours.columns).map(([column, colour]) => ({
      selector: `node.heading.${column}`,
      style: { color: colour },
    })),
    {
      selector: 'node.heading',
      style: {
        width: BOX.width,
        height: 16,
        shape: 'rectangle' as const,
        'background-opacity': 0,
        label: 'data(label)',
        'font-size': 12,
        'font-weight': 600,
        'text-halign': 'center' as const,
        'text-valign': 'center' as const,
        events: 'no' as const,
      },
    },
    { selector: '.dimmed', style: { opacity: 0.22 } },
    { selector: '.later', style: { opacity: 0.1 } },
    {
      selector: 'edge.fresh, edge.chosen',
      style: {
        'line-color': colours.brand,
        'target-arrow-color': colours.brand,
        width: 3,
        opacity: 1,
        'z-index': 10,
      },
    },
    {
      selector: 'node.chosen',
      style: { 'outline-width': 2, 'outline-color': colours.brand, 'outline-offset': 3 } as cytoscape.Css.Node,
    },
  ];
}

/**
 * Cytoscape adds a `<style>` with one rule to a page that has no element of this id; the policy would refuse it. The rule
 * (`position: relative`) is in path.css.
 */
function keepStylesOut(): void {
  const id = '__________cytoscape_stylesheet';
  if (document.getElementById(id) !== null) return;
  const place = document.createElement('meta');
  place.id = id;
  document.head.append(place);
}
