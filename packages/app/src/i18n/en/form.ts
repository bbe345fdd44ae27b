/** Forms: labels and answers that every form shares, dates as people type them, errors at a field. */
export const form = {
  form: {
    for: 'For: {name}',
    more: 'More: date, notes, details',
    asTyped: 'Use "{text}" as typed',
    suggestions_one: '{count} suggestion',
    suggestions_other: '{count} suggestions',
    draft: 'Draft kept',
    notes: 'Notes',
    required: 'Fill in {field}.',
    tooLong: '{field} is too long.',
    bad: '{field} does not fit. Check it.',
    notPicked: 'not chosen',
    clearChoice: 'Clear choice',
    correctionReason: 'Why do you correct it? (optional)',
    correctTitle: 'Correct {what}',
    saved: "Saved to {name}'s chart.",
  },
  date: {
    hint: 'Year, month or day: 1997, 1997-03, 1997-03-21, or ROC 86/3/21',
    reads: 'Read as {date}',
    bad: 'We cannot read this date. Write it as 1997, 1997-03 or 1997-03-21.',
    future: 'This date is in the future.',
    year: '{date} (year only)',
    month: '{date} (month only)',
    today: 'Today',
  },
} as const
