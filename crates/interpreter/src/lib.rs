//! Speech in one language to text and speech in another: the stages and their runner.
