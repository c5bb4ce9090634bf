import { join } from 'node:path';
import { it } from 'vitest';
import { admissionPolicy } from './admission.ts';
import { referenceAnnotations, referenceDiagnostics } from './reference.ts';
import { expectFile } from './testing/golden-files.ts';

const FOLDER = join(import.meta.dirname, '../../../docs/reference');

it('docs/reference/annotations.md says what the table says', () => {
  expectFile(join(FOLDER, 'annotations.md'), referenceAnnotations());
});

it('docs/reference/diagnostics.md says what the table says', () => {
  expectFile(join(FOLDER, 'diagnostics.md'), referenceDiagnostics());
});

it('deploy/kubernetes/admission.yaml says what the table says', () => {
  expectFile(join(FOLDER, '../../deploy/kubernetes/admission.yaml'), admissionPolicy());
});
