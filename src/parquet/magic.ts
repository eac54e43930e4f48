/** What a Parquet file begins and ends with. */
export const magic = Buffer.from('PAR1');
