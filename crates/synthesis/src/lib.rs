//! Text of any length to one continuous take.
