import { expect, it } from 'vitest';
import { parseHaproxyProcesses } from './cli.ts';

it('reads what HAProxy 2.6 answers', () => {
  const answer = `#<PID>          <type>          <reloads>       <uptime>        <version>      
1162            master          5 [failed: 1]   0d00h02m07s     2.6.12-1+deb12u4
# workers
1271            worker          0               0d00h00m00s     2.6.12-1+deb12u4
# old workers
1233            worker          3               0d00h00m43s     2.6.12-1+deb12u4
# programs

`;
  expect(parseHaproxyProcesses(answer)).toEqual({
    master: { pid: 1162, reloads: 5, failed: 1, version: '2.6.12-1+deb12u4' },
    workers: [1271],
    oldWorkers: [1233],
  });
});

it('reads a master without workers, and no other text', () => {
  const answer =
    '#<PID> <type> <reloads> <uptime> <version>\n7 master 1 [failed: 1] 0d00h00m01s 3.2.26\n# workers\n';
  expect(parseHaproxyProcesses(answer)).toMatchObject({ master: { pid: 7, failed: 1 }, workers: [] });
  expect(parseHaproxyProcesses('Unknown command')).toBeUndefined();
});
