"""Adapters: the batch calls on the columns and streams of other engines.

One module an engine, imported only by those who use it. Each is a few lines around
:func:`boilerplate.clean_many`; the model is loaded once per process.

=====================================  ==============================================
``boilerplate.adapters.pandas``        ``clean(series)``
``boilerplate.adapters.polars``        ``clean(series)``, also for ``map_batches``
``boilerplate.adapters.huggingface``   ``cleaner(column)`` for ``Dataset.map(batched=True)``
``boilerplate.adapters.spark``         ``clean(column)``, a pandas UDF
``boilerplate.adapters.datatrove``     ``BoilerplateRemover``, a pipeline step
=====================================  ==============================================
"""
