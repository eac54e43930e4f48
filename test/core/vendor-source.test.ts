import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { GexlakeError } from '../../src/core/errors.ts';
import { identifySource, stagedFileName } from '../../src/core/names.ts';
import { redactUrl } from '../../src/core/redact.ts';
import {
  fileNameOf,
  folderNameOf,
  formatVendorSource,
  settledSource,
  vendorSourceOf,
} from '../../src/core/vendor-source.ts';
import { test } from '../support/shares.ts';

suite('a source of the vendor', () => {
  test('is read and written in one way', () => {
    const forms = [
      ['gexbot:hist/SPX/classic/gex_zero/2026-11-27', 'hist', '2026-11-27_SPX_classic_gex_zero.json'],
      ['gexbot:hist/NQ_NDX/state/gamma_one/2026-11-27', 'hist', '2026-11-27_NQ_NDX_state_gamma_one.json'],
      ['gexbot:eod/SPY/2026-07-17', 'bundle', 'eod_report_SPY_2026-07-17.zip'],
      ['gexbot:eod/SPY/2026-07-17/orderflow/orderflow', 'member', '2026-07-17_SPY_orderflow_orderflow.json'],
    ] as const;
    for (const [text, kind, file] of forms) {
      const source = vendorSourceOf(text);
      assert.ok(source !== null);
      assert.deepEqual([source.kind, formatVendorSource(source), fileNameOf(source)], [kind, text, file]);
      assert.equal(stagedFileName(text), file);
      assert.equal(redactUrl(text), text);
    }
  });

  test('is identified by its parts, in other spellings, too', () => {
    const { ticker, endpoint, sessionDate } = identifySource('gexbot:hist/ES_SPX/state/vanna_one/2026-11-27');
    assert.deepEqual([ticker, endpoint.name, sessionDate], ['ES_SPX', 'state_vanna_one', '2026-11-27']);
    assert.equal(
      settledSource(' GEXBOT:hist/spx/classic/zero/2026-11-27 '),
      'gexbot:hist/SPX/classic/gex_zero/2026-11-27',
    );
    assert.equal(settledSource('/data/gexbot:hist.json'), '/data/gexbot:hist.json');
  });

  test('has a safe name as a folder', () => {
    const source = vendorSourceOf('gexbot:hist/SPX/classic/gex_zero/2026-11-27');
    assert.equal(source === null ? null : folderNameOf(source), 'hist_SPX_classic_gex_zero_2026-11-27');
  });

  test('that cannot be read is told, and no path', () => {
    const wrong = [
      'gexbot:',
      'gexbot:hist/SPX/classic/gex_zero',
      'gexbot:hist/SPX/classic/gex_zero/2026-02-30',
      'gexbot:hist/SPX/classic/gamma_zero/2026-02-27',
      'gexbot:hist/../classic/gex_zero/2026-02-27',
      'gexbot:eod/SPY/2026-07-17/state',
      'gexbot:live/SPY/2026-07-17',
    ];
    for (const text of wrong)
      assert.throws(
        () => vendorSourceOf(text),
        (error) => error instanceof GexlakeError && error.code === 'SOURCE_NOT_ALLOWED' && error.hint !== null,
        text,
      );
  });
});
