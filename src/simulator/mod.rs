//! A phone in the browser, with a clock to move and a panel that shows why.
