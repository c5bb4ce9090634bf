import { consumer } from '@kubefigurator/consumer/program';
import { formatManPage, type ManPageSection } from './man-page.ts';

const SECTIONS: readonly ManPageSection[] = [
  {
    heading: 'Exit status',
    entries: [
      ['0', 'It worked; with diff: the same; with status: in sync.'],
      ['1', 'It failed; with diff: different; with status: not in sync.'],
      ['2', 'Used wrongly; with diff: trouble of any kind.'],
    ],
  },
  {
    heading: 'Signals',
    entries: [
      ['SIGHUP, SIGUSR1', 'watch reads etcd again and applies what it has.'],
      ['SIGTERM, SIGINT', 'End; a reload of HAProxy that has begun is waited for.'],
    ],
  },
  {
    heading: 'Files',
    entries: [
      ['/etc/default/kubefigurator-consumer', 'Environment variables of the systemd unit.'],
      ['/etc/haproxy/dynamic.cfg', 'What HAProxy serves; changes made by hand are overwritten.'],
      ['/etc/haproxy/ssl', 'Certificates that a published text may name.'],
      ['/var/lib/kubefigurator', 'What this host runs, and the last text that was known to be good.'],
      [
        '/etc/systemd/system/haproxy.service.d/kubefigurator.conf',
        'Has HAProxy load dynamic.cfg and open the master socket.',
      ],
    ],
  },
  {
    heading: 'See also',
    entries: [['haproxy(1), systemctl(1), etcdctl(1)', '/usr/share/doc/kubefigurator-consumer']],
  },
];

/** kubefigurator-consumer(1), as the package brings it; the date is the release's, `YYYY-MM-DD`. */
export function consumerManPage(version: string, date: string): string {
  return formatManPage({ ...consumer, version }, { date, sections: SECTIONS });
}
