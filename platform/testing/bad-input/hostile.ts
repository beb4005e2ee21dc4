/** Texts that have broken other people's systems. Each may be an ordinary name to somebody: it is stored as it is, or refused. */
export const hostileTexts: readonly string[] = [
  "'; drop table orders; --",
  "' or '1'='1",
  "1; select pg_sleep(5)",
  "\\'; copy users to program 'id'; --",
  "$1 $$ %s %n %x {0}",
  "$" + "{7*7}{{7*7}}<%= 7*7 %>#{7*7}",
  "$" + "{jndi:ldap://localhost:1389/a}",
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "</title><svg/onload=alert(1)>",
  "javascript:alert(1)//",
  "../../../../etc/passwd",
  "..\\..\\..\\windows\\win.ini",
  "....//....//etc/passwd",
  "file:///etc/passwd",
  "http://169.254.169.254/latest/meta-data/",
  "; cat /etc/passwd",
  "`id`",
  "$(id)",
  "| sleep 5 |",
  "Ada\r\nBcc: eve@example.com",
  "Ada\r\nSet-Cookie: session=1",
  "*)(uid=*))(|(uid=*",
  '{"$gt": ""}',
  "=cmd|'/c calc'!A1",
  "@SUM(1+1)*cmd",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "null",
  "undefined",
  "true",
  "NaN",
  "-1",
  "0",
  "1e400",
  "\u202egnirts a ni",
  "\u200b\u200b",
  "\ufeffbom",
  "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307",
  "ﷺﷺﷺﷺ",
  "İstanbul ﬁ ß ŉ",
  "🛒👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿",
  "\ud83d\udeaa",
  "CON",
  "   ",
  "\t\n",
  "%00",
  "%2e%2e%2f",
  "%c0%ae%c0%ae",
  "a".repeat(1_000),
];

/** As JSON, what no text may hold: PostgreSQL cannot keep NUL, nobody half a surrogate pair. */
export const impossibleStrings: readonly string[] = [
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"a\\udfffb"',
  '"\\uD83D"',
];

/** As JSON, numbers that no double keeps: who reads them has another number than who wrote them. */
export const impossibleNumbers: readonly string[] = [
  "9007199254740993",
  "-9007199254740993",
  "1e400",
  "-1e400",
  "1e-400",
  "123456789012345678901234567890",
  "0.1234567890123456789012345",
  "1E+999999999",
];

/** Not JSON, though some parsers take it. */
export const brokenLiterals: readonly string[] = [
  ...["NaN", "Infinity", "-Infinity", "undefined", "None", "nil", "TRUE", "True", "'text'", "`text`", "text"],
  ...["+1", "01", "-01", "1.", ".5", "0x10", "0b1", "1_000", "1,5", "1n", "--1", "1e", "1e+", "-"],
  ...['"\\x41"', '"\\u12"', '"\\u{41}"', '"\\q"', '"a\nb"', '"tab\there"', '"open', "[1,]", "[,1]", "[1 2]", "{,}"],
  ...['{"a":1,}', "{a:1}", '{"a" 1}', '{"a":}', "{1:1}", "/* */ 1", "1 // one", "#1", "<a/>", "---\na: 1"],
];

/** Bytes that are not UTF-8: cut off, overlong, a surrogate, beyond Unicode, Latin-1. */
export const badUtf8: readonly Buffer[] = [
  [0xff],
  [0xfe, 0xff],
  [0xc0, 0xaf],
  [0xe0, 0x80, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x9b],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
  [0xe9],
  [0x80],
].map((bytes) => Buffer.from(bytes));

/** Percent-escapes that do not say UTF-8 text, or NUL. */
export const badEscapes: readonly string[] = [
  ...["%", "%z", "%zz", "%0", "%u0041", "%%", "%ff", "%fe%ff", "%c0%ae", "%e2%82", "%ed%a0%80", "%f4%90%80%80"],
  ...["%00", "a%00b", "%00.json"],
];
