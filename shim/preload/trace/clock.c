/* SPDX-License-Identifier: MIT */
/* The calendar in plain arithmetic. */
#include "clock.h"

/* 2026-11-28T (RFC 3339), from days since 1970; years of 365.2425 days, in eras of 400 of them that
 * begin in March. */
static void put_date(struct line *l, long days)
{
	unsigned long day = (unsigned long)(days + 719468), era = day / 146097, of_era = day % 146097;
	unsigned long year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned long of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned long month = (5 * of_year + 2) / 153;

	day = of_year - (153 * month + 2) / 5 + 1;
	month = month < 10 ? month + 3 : month - 9;
	line_padded(l, year + era * 400 + (month <= 2), 4);
	line_char(l, '-');
	line_padded(l, month, 2);
	line_char(l, '-');
	line_padded(l, day, 2);
	line_char(l, 'T');
}

static void put_zone(struct line *l, long zone_offset)
{
	unsigned long minutes = (unsigned long)(zone_offset < 0 ? -zone_offset : zone_offset) / 60;

	line_char(l, zone_offset < 0 ? '-' : '+');
	line_padded(l, minutes / 60, 2);
	line_char(l, ':');
	line_padded(l, minutes % 60, 2);
}

void clock_put(struct line *l, const struct clock *c, long long at)
{
	long local, second;

	local = (long)(at / 1000000000) + c->zone;
	second = local % 86400;
	if (second < 0)
		second += 86400;
	if (c->date)
		put_date(l, (local - second) / 86400);
	line_padded(l, (unsigned long)second / 3600, 2);
	line_char(l, ':');
	line_padded(l, (unsigned long)second / 60 % 60, 2);
	line_char(l, ':');
	line_padded(l, (unsigned long)second % 60, 2);
	line_char(l, '.');
	line_padded(l, (unsigned long)(at / 1000 % 1000000), 6);
	if (c->date)
		put_zone(l, c->zone);
}
