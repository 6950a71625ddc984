import { DataError, isMissing, parseDecimal, type TextTable } from 'downhill/data';
import { averagePrecision, MetricsError, rocAuc, rocCurve } from 'downhill/metrics';
import type { CommandAction } from '../definition.ts';
import { InputError } from '../errors.ts';
import { chooseClasses } from '../input/classes.ts';
import { fileName, quote } from '../input/quote.ts';
import { readTable } from '../input/table.ts';
import { toJson } from '../output/json.ts';
import { formatNumber, groupThousands, plural } from '../output/number.ts';
import { selectRows } from '../output/select.ts';
import { renderTable } from '../output/table.ts';
import { wrapText } from '../output/wrap.ts';
import { pictureFormat } from '../plot/format.ts';

export interface RocCommandOptions {
  score: string;
  label: string;
  weight?: string;
  positive?: string;
  all?: boolean;
  plot?: string;
}

export const roc: CommandAction<RocCommandOptions> = async (path, options, context) => {
  const { terminal, json } = context;
  if (options.plot !== undefined) pictureFormat(options.plot);
  const wanted = [
    { name: options.score, role: 'score column' },
    { name: options.label, role: 'label column' },
    ...(options.weight === undefined ? [] : [{ name: options.weight, role: 'weight column' }]),
  ];
  const table = await readTable(path, terminal, { columns: wanted });
  const file = fileName(path);
  const scores = numbers(table, 0, file);
  const { labels, positive, negative } = readLabels(table, 1, options.positive, file);
  const weights = options.weight === undefined ? undefined : numbers(table, 2, file);

  const judged = locateRow(table, file, () => ({
    auc: rocAuc(labels, scores, { weights }),
    precision: averagePrecision(labels, scores, { weights }),
    curve: rocCurve(labels, scores, { weights }),
  }));
  const { auc, precision, curve } = judged;
  const points = curve.fpr.map((fpr, i) => ({
    fpr,
    tpr: curve.tpr[i] as number,
    threshold: curve.thresholds[i] as number,
  }));

  if (options.plot !== undefined) {
    const { rocFigure } = await import('../plot/roc.ts');
    const { writeFigure } = await import('../plot/file.ts');
    await writeFigure(
      options.plot,
      rocFigure({ title: `ROC curve of ${options.score}`, fpr: curve.fpr, tpr: curve.tpr, auc }),
    );
  }
  if (json) {
    const positives = labels.reduce((sum, label) => sum + label, 0);
    terminal.out(
      toJson({
        auc,
        points,
        averagePrecision: precision,
        positive,
        negative,
        positives,
        negatives: labels.length - positives,
      }),
    );
    return;
  }

  const count = (value: number) => labels.reduce((sum, l) => sum + (l === value ? 1 : 0), 0);
  const { style } = terminal;
  const head = `${plural(labels.length, 'example')}: ${groupThousands(count(1))} positive (${options.label} = ${positive}), ${groupThousands(count(0))} negative (${negative})`;
  terminal.out(`${wrapText(head, terminal.width)}\n\n`);
  terminal.out(`  ${style.bold('AUC')}                ${style.bold(formatNumber(auc))}\n`);
  terminal.out(`  average precision  ${formatNumber(precision)}\n\n`);
  const { indices, note } = selectRows(points.length, options.all === true ? Infinity : 20);
  const pick = (key: 'threshold' | 'fpr' | 'tpr') => indices.map((i) => (points[i] as (typeof points)[number])[key]);
  terminal.out(
    renderTable(
      [
        { header: 'score at least', cells: pick('threshold') },
        { header: 'false positive rate', cells: pick('fpr') },
        { header: 'true positive rate', cells: pick('tpr') },
      ],
      { width: terminal.width, paintHeader: style.dim },
    ),
  );
  if (note !== undefined) terminal.out(`  ${style.dim(note)}\n`);
  if (options.plot !== undefined) terminal.out(`\nwrote ${options.plot}\n`);
  return;
};

function numbers(table: TextTable, index: number, file: string): Float64Array {
  const name = table.header[index] as string;
  return Float64Array.from(table.rows, (row, i) => {
    const cell = row[index] as string;
    const value = parseDecimal(cell);
    if (value !== undefined) return value;
    const what = isMissing(cell) ? 'has no value' : `holds ${quote(cell)}, which is not a number`;
    throw cellFault(isMissing(cell) ? 'missing-value' : 'not-a-number', table, i, name, file, what);
  });
}

function readLabels(
  table: TextTable,
  index: number,
  positive: string | undefined,
  file: string,
): { labels: Uint8Array; positive: string; negative: string } {
  const name = table.header[index] as string;
  const cells = table.rows.map((row, i) => {
    const cell = (row[index] as string).trim();
    if (!isMissing(cell)) return cell;
    throw cellFault('missing-value', table, i, name, file, 'has no value');
  });
  const [negative, chosen] = chooseClasses(new Set(cells), positive, {
    column: `label column "${name}"`,
    name,
    file,
    purpose: 'a ROC curve compares two classes',
  });
  return {
    labels: Uint8Array.from(cells, (cell) => (cell === chosen ? 1 : 0)),
    positive: chosen,
    negative,
  };
}

function cellFault(
  code: string,
  table: TextTable,
  row: number,
  column: string,
  file: string,
  what: string,
): InputError {
  const line = table.lines?.[row];
  return new InputError(code, `${file}: row ${row + 1} (line ${line}), column "${column}" ${what}`, {
    row: row + 1,
    line,
    column,
  });
}

/** A metric names the index of an example; the reader knows it as a row of the file. */
function locateRow<T>(table: TextTable, file: string, judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    if (error instanceof MetricsError || error instanceof DataError) {
      const index = error instanceof MetricsError ? error.index : undefined;
      const line = index === undefined ? undefined : table.lines?.[index];
      const where = line === undefined ? '' : ` (line ${line})`;
      throw new InputError(
        error.code,
        `${file}: ${error.message}${where}`,
        line === undefined ? undefined : { row: (index as number) + 1, line },
      );
    }
    throw error;
  }
}
