/** The end of the first run, and what keeps a record safe: the checklist, ways in and ways back. */
export const safety = {
  firstRecord: {
    title: 'Welcome, {name}. What would you like to add first?',
    what: 'Pick one. It takes less than a minute, and you can change everything later.',
    photo: 'Take a photo',
    photoWhat: 'A letter, lab report or pill box. You can type the details now or later.',
    medicine: 'A medicine',
    medicineWhat: 'You take or took',
    allergy: 'An allergy',
    allergyWhat: 'Or “none that I know of”',
    import: 'Import records',
    importWhat: 'From a hospital or an app',
    other: 'Someone else’s record',
    otherWhat: 'A child or a parent',
    look: 'Just look around',
  },
} as const
