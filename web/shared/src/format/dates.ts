// Days and times as people here read them. The county's clock is Asia/Shanghai, whatever the browser's is.
import { type Language, translate } from '../texts/index';

const ZONE = 'Asia/Shanghai';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS_ZH = ['日', '一', '二', '三', '四', '五', '六'];
const WEEKDAYS_EN = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function parse(date: string): Day | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (match === null) return undefined;
  return { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
}

/** "2026-09-21" as 2026年9月21日 or 21 Sep 2026; what is no day is shown as it is. */
export function formatDay(language: Language, date: string): string {
  if (date === '') return translate(language, 'date.unknown');
  const day = parse(date);
  if (day === undefined) return date;
  if (language === 'zh') return `${day.year}年${day.month}月${day.day}日`;
  return `${day.day} ${MONTHS[day.month - 1] ?? day.month} ${day.year}`;
}

/** "2026-09" as 2026年9月 or Sep 2026. */
export function formatMonth(language: Language, month: string): string {
  const match = /^(\d{4})-(\d{2})$/.exec(month);
  if (match === null) return month;
  const number = Number(match[2]);
  return language === 'zh' ? `${match[1]}年${number}月` : `${MONTHS[number - 1] ?? number} ${match[1]}`;
}

/** Without the year, for tight places: 9月21日 or 21 Sep. */
export function formatShortDay(language: Language, date: string): string {
  const day = parse(date);
  if (day === undefined) return formatDay(language, date);
  return language === 'zh' ? `${day.month}月${day.day}日` : `${day.day} ${MONTHS[day.month - 1] ?? day.month}`;
}

export function formatWeekday(language: Language, date: string): string {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  if (Number.isNaN(weekday)) return '';
  return (language === 'zh' ? `周${WEEKDAYS_ZH[weekday] ?? ''}` : WEEKDAYS_EN[weekday]) ?? '';
}

/** Milliseconds since 1970 as the local day, "YYYY-MM-DD". */
export function localDay(timeMs: number | bigint): string {
  return parts(timeMs).date;
}

/** Milliseconds since 1970 as 9:05 o'clock of the local day, with the day. */
export function formatTime(language: Language, timeMs: number | bigint | undefined): string {
  if (timeMs === undefined || BigInt(timeMs) === 0n) return translate(language, 'date.unknown');
  const { date, time } = parts(timeMs);
  return `${formatDay(language, date)} ${time}`;
}

/** Only the time of day, "09:05". */
export function formatClock(timeMs: number | bigint): string {
  return parts(timeMs).time;
}

export function formatMinutes(language: Language, minutes: number): string {
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return translate(language, 'duration.minutes', { minutes });
  if (minutes % 60 === 0) return translate(language, 'duration.hours', { hours });
  return translate(language, 'duration.hoursMinutes', { hours, minutes: minutes % 60 });
}

const FORMAT = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

function parts(timeMs: number | bigint): { date: string; time: string } {
  const found: Record<string, string> = {};
  for (const part of FORMAT.formatToParts(new Date(Number(timeMs)))) found[part.type] = part.value;
  return {
    date: `${found['year'] ?? ''}-${found['month'] ?? ''}-${found['day'] ?? ''}`,
    time: `${found['hour'] ?? ''}:${found['minute'] ?? ''}`,
  };
}
