// Every sentence that the window says.

export * from "./words/holder";
export * from "./words/order";
export * from "./words/servers";
export * from "./words/state";
export * from "./words/calls";
export * from "./words/engine";
export * from "./words/settings";
export * from "./words/views";
