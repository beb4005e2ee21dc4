/** The day so many days later on which parcels are brought: not at weekends. */
export function workingDaysAfter(from: Date, days: number): Date {
  const date = new Date(from);
  for (let left = days; left > 0; ) {
    date.setDate(date.getDate() + 1);
    if (date.getDay() % 6 !== 0) left--;
  }
  return date;
}
