export * from './bytes';
export * from './dates';
export * from './terms';
