// Stands in for react-style-singleton, which locks scrolling behind a dialog by adding a <style> element.
// The page doesn't scroll, and its Content-Security-Policy refuses such elements; so nothing is added.

export const styleSingleton = () => () => null;
