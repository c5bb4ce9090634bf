import { OperatorError } from '@kubefigurator/daemon';

export function unknownRevisionError(key: string, revision: string): OperatorError {
  return new OperatorError(`the history of ${key} has no text of revision ${revision}`, {
    hint: 'kubefigurator-producer history lists those that it has',
  });
}
