import { expect, test } from 'vitest';
import { csvCell, edgesCsv } from './csv.ts';
import { answerOf, world } from './testing/world.ts';

test.each([
  ['=1+1', "'=1+1"],
  ['+49', "'+49"],
  ['-2', "'-2"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['  =1', "'  =1"],
  ['＝1', "'＝1"],
  ['\r\n=1', '"\'\r\n=1"'],
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['=cmd|"/c"', '"\'=cmd|""/c"""'],
])('the cell %j is written as %j', (text, cell) => expect(csvCell(text)).toBe(cell));

// Whoever reads the file by position must not be told something else by a later version (docs/lineage.md).
test('the columns stand in one order, also where there is nothing to tell', () => {
  expect(edgesCsv([])).toBe(
    'from,to,action,confidence,role,count,firstSeen,lastSeen,categories,purposes,evidence,evidenceTotal,skewMs\r\n',
  );
});

test('edges are lines of as many cells as the header has', () => {
  const { edges } = answerOf(
    world({
      't/put': {
        at: [0, 10],
        person: 'declared',
        does: ['write store:crm'],
        categories: ['user.contact', 'user.name'],
        purpose: '=x',
      },
    }),
  );
  const [header, line, end] = edgesCsv(edges).split('\r\n');
  expect(header?.split(',')).toHaveLength(13);
  expect(line).toBe(
    "service:desk,store:crm,write,declared,,1,2023-11-14T22:13:20.000Z,2023-11-14T22:13:20.000Z,user.contact; user.name,'=x,t/put,1,",
  );
  expect(end).toBe('');
});
