import { compareText } from '@kubefigurator/config-model';
import type { Complaint } from '../../diagnostics/diagnostics.ts';
import type { Parsed } from '../../diagnostics/parsed.ts';
import { quoteUserText } from '../../diagnostics/quote.ts';
import type { ParseContext, Setting } from '../../options/option.ts';
import type { OptionSetting } from '../../options/settle.ts';
import type { PortRecord } from '../../snapshot/snapshot.ts';
import type { RawOption, RawOptions, ServiceAnnotations } from './annotations.ts';
import { UNNAMED } from './annotations.ts';
import { portName } from './ports.ts';

/** The values of one port's options, in the order of the table, and what is wrong with them. */
export interface PortOptions {
  readonly settings: readonly OptionSetting[];
  readonly complaints: readonly Complaint[];
  /** The options whose value doesn't parse; if there is one, the port is left out. */
  readonly unreadable: ReadonlySet<string>;
}

/**
 * Reads the options of the ports of one Service. An annotation with a port's name overrides one with its number, and
 * both override one that names no port. Each text is parsed once, since hundreds of ports may share a list of a
 * thousand host names.
 */
export function createOptionReader(
  annotations: ServiceAnnotations,
  context: ParseContext,
): (port: PortRecord) => PortOptions {
  const parsedBefore = new Map<RawOption, Parsed<Setting>>();
  const parse = (raw: RawOption): Parsed<Setting> => {
    const parsed = parsedBefore.get(raw) ?? raw.option.read(raw.text, context);
    parsedBefore.set(raw, parsed);
    return parsed;
  };
  return (port) => readPortOptions(annotations, port, parse);
}

function readPortOptions(
  annotations: ServiceAnnotations,
  port: PortRecord,
  parse: (raw: RawOption) => Parsed<Setting>,
): PortOptions {
  const settings: OptionSetting[] = [];
  const complaints: Complaint[] = [];
  const unreadable = new Set<string>();
  const rawByName = rawOptions(annotations, port);
  for (const { name } of annotations.options) {
    const found = rawByName.get(name);
    if (found === undefined) continue;
    if (found.text === '' && found.option.empty === 'unset') continue;
    const parsed = parse(found);
    if (parsed.ok) settings.push({ option: found.option, setting: parsed.value });
    else unreadable.add(name);
    const complaint = complaintOf(found, parsed);
    if (complaint !== undefined) complaints.push(complaint);
  }
  return { settings, complaints, unreadable };
}

/** The key of an annotation that names a port, by its name or number; undefined if none does. */
export function annotationKeyOfPort(annotations: ServiceAnnotations, port: PortRecord): string | undefined {
  const named = annotations.forLabel.get(portName(port) ?? UNNAMED);
  const options = named ?? annotations.forLabel.get(String(port.number));
  // The first one in canonical order, since the API server gives annotations in any order.
  return [...(options?.values() ?? [])].map(({ key }) => key).sort(compareText)[0];
}

function complaintOf({ option, key, text }: RawOption, parsed: Parsed<Setting>): Complaint | undefined {
  const say = (rest: string): string => `${quoteUserText(key)} is ${quoteUserText(text)}, ${rest}`;
  if (!parsed.ok)
    return { code: parsed.code ?? 'invalid-value', message: say(`but ${asClause(parsed.reason)}`) };
  if (parsed.warning === undefined || option.warning === undefined) return undefined;
  return { code: option.warning, message: say(`which ${parsed.warning}`) };
}

function asClause(reason: string): string {
  return `${reason.startsWith('must') ? 'it ' : 'that '}${reason}; the port is left out`;
}

/** By the name of the option. An annotation with the number doesn't count if another port has that number as its name. */
function rawOptions(annotations: ServiceAnnotations, port: PortRecord): RawOptions {
  const number = String(port.number);
  const numbered = annotations.names.has(number) ? undefined : annotations.forLabel.get(number);
  const named = annotations.forLabel.get(portName(port) ?? UNNAMED);
  return new Map([...annotations.forService, ...(numbered ?? []), ...(named ?? [])]);
}
